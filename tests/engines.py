"""Which tests run on both databases: all, but for what PostgreSQL would show nothing new of."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Files that ask of the database only what others ask of it on PostgreSQL, and why they need it.
ON_SQLITE_ONLY = {
    "actors/test_authenticate.py": "who signed: the keys come from the same few rows",
    "actors/test_documents.py": "documents, written from rows",
    "actors/test_reading.py": "who reads, by the signature",
    "actors/test_routes.py": "status, headers and form of documents",
    "actors/test_signers.py": "fetching of keys, and what a remote does wrong",
    "api/test_bad_input.py": "what is refused before anything is asked",
    "api/test_instance.py": "a form, and empty lists",
    "api/test_media.py": "forms of uploads; the rows are those of test_media_of_posts.py",
    "api/test_oauth.py": "forms of answers; the rows are those of users/test_oauth.py",
    "api/test_others_things.py": "ids that are refused; each row is asked for in its own file",
    "api/test_query_counts.py": "how many queries there are, not what they find",
    "api/test_streaming_access.py": "who is let in; what is heard is in test_streaming.py",
    "doctors/test_credential_status.py": "what a list says",
    "doctors/test_nodeinfo.py": "what a remote answers",
    "doctors/test_status_list.py": "bits, and their form on the wire",
    "inbox/test_message_signatures.py": "signatures, judged before anything is stored",
    "inbox/test_pasture.py": "how documents are read; the posts are saved in test_create.py",
    "inbox/test_signatures.py": "signatures, judged before anything is stored",
    "outbox/test_sending.py": "answers of a remote; the queue is in test_deliver.py",
    "posts/test_drafts.py": "how a text is read; the posts are saved in test_save.py",
    "posts/test_hosts.py": "a table of decisions; the audiences are read in test_visibility.py",
    "web/test_confirm.py": "pages; the rows are those of users/test_confirming.py",
    "web/test_consent.py": "pages",
    "web/test_forgotten.py": "pages; the rows are those of users/test_forgotten.py",
    "web/test_pages.py": "pages",
    "web/test_post.py": "pages",
    "web/test_people.py": "pages; the rows are those of users/test_deciding.py",
    "web/test_sign_up.py": "pages; the rows are those of users/test_signup.py",
    "web/test_sign_in.py": "pages, and counting of attempts in memory",
    "webfinger/test_webfinger_client.py": "what a remote answers",
    "webfinger/test_webfinger_redirects.py": "what a remote answers",
}
# Tables of cases in which each line asks the database something else.
EVERY_LINE = frozenset(
    {
        "api/test_timelines.py",
        "actors/test_search.py",
        "posts/test_search.py",
        "posts/test_search_words.py",
        "posts/test_save.py",
        "posts/test_visibility.py",
        "test_migrations.py",
    }
)


def spare_postgres(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what PostgreSQL would show nothing new of; `make test-postgres` runs all of it.

    That is the files above and, of a test with a table of cases, all lines but the first.
    """
    seen: set[str] = set()
    spared = [item for item in items if _on_postgres(item) and not _shows_something(item, seen)]
    if spared:
        config.hook.pytest_deselected(items=spared)
        gone = set(spared)
        items[:] = [item for item in items if item not in gone]


def _on_postgres(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("database_kind") == "postgresql"


def _shows_something(item: pytest.Item, seen: set[str]) -> bool:
    file = item.path.relative_to(HERE).as_posix()
    if file in ON_SQLITE_ONLY:
        return False
    if file in EVERY_LINE:
        return True
    name = item.nodeid.partition("[")[0]
    is_first = name not in seen
    seen.add(name)
    return is_first
