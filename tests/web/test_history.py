"""What a post said before, word by word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.settings import PublicPages
from posts.models import PostEdit
from web.changes import MAX_WORDS, Change, compare, list_versions


def wording(content, hours=0, **values):
    return PostEdit(
        post_id=1, content=content, created_at=now() - timedelta(hours=hours),
        **({"attachments": [], "options": []} | values),
    )  # fmt: skip


@pytest.fixture
def edited(database, say, carol):
    """A post of Carol's with an earlier wording."""

    async def make(visibility="public"):
        post = await say(carol, "<p>40 mg le <b>soir</b></p>", visibility, edited_at=now())
        async with database.transaction() as session:
            session.add(
                PostEdit(post_id=post.id, content="<p>20 mg le soir</p>", created_at=now())
            )
        return f"/@carol/{post.id}/history"

    return make


def test_words_that_changed_are_told_from_those_that_stayed():
    pieces = compare("20 mg le soir", "40 mg le matin")

    assert [(piece.change, piece.text) for piece in pieces] == [
        (Change.REMOVED, "20"), (Change.ADDED, "40"), (Change.KEPT, " mg le "),
        (Change.REMOVED, "soir"), (Change.ADDED, "matin"),
    ]  # fmt: skip


def test_very_long_wordings_are_not_compared():
    pieces = compare("a " * MAX_WORDS, "b " * MAX_WORDS)

    assert [piece.change for piece in pieces] == [Change.KEPT]


def test_each_version_says_what_became_of_files_warning_and_choices():
    before = wording("<p>x</p>", 2, content_warning="A", options=["un", "deux"],
                     attachments=[{"media_id": 1, "description": "a"},
                                  {"media_id": 2, "description": "b"}])  # fmt: skip
    after = wording("<p>x</p>", 1, sensitive=True, options=["un", "trois"],
                    attachments=[{"media_id": 2, "description": "c"},
                                 {"url": "https://x.example/3", "description": "d"}])  # fmt: skip

    last, first = list_versions([before, after])

    assert (first.is_first, first.choices) == (True, ["un", "deux"])
    assert (last.files_added, last.files_removed, last.files_described) == (["d"], ["a"], ["c"])
    assert [piece.change for piece in last.warning] == [Change.REMOVED]
    assert (last.sensitive, last.choices) == (True, ["un", "trois"])


async def test_the_page_shows_each_wording_and_what_changed(reader, edited):
    page = await reader.get(await edited())

    assert page.status == 200
    assert "<del>20</del><ins>40</ins> mg le soir" in page.html
    assert page.text.index("As it is now") < page.text.index("As it was written")


async def test_it_is_for_who_may_read_the_post(reader, doctor, stranger, edited):
    path = await edited("mentioned")

    assert (await reader.get(path)).status == 200
    assert (await doctor.get(path)).status == 404
    assert (await stranger.get(path)).location.startswith("/auth/sign-in")


async def test_another_name_leads_to_the_posts_own(reader, edited):
    path = await edited()

    assert (await reader.get(path.replace("@carol", "@alice"))).location == path


class TestNothingForStrangers:
    @pytest.fixture
    def shown(self):
        return PublicPages.OFF

    async def test_strangers_are_shown_no_wordings(self, stranger, edited):
        assert (await stranger.get(await edited())).location.startswith("/auth/sign-in")
