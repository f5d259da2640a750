"""The URIs that we mint, read back."""

from __future__ import annotations

import pytest

from core.errors import InvalidDocument
from federation.uris import LocalKind, LocalUris, handle_parts

URIS = LocalUris("https://social.chu.example", "chu.example")


@pytest.mark.parametrize(
    ("uri", "kind", "username", "number", "name"),
    [
        (URIS.instance_actor, LocalKind.INSTANCE, None, None, None),
        (URIS.actor("a.martin"), LocalKind.ACTOR, "a.martin", None, None),
        (URIS.profile_page("a.martin"), LocalKind.PROFILE_PAGE, "a.martin", None, None),
        (URIS.post("alice", 115), LocalKind.POST, "alice", 115, None),
        (URIS.post_page("alice", 115), LocalKind.POST_PAGE, "alice", 115, None),
        (URIS.activity("alice", 9), LocalKind.ACTIVITY, "alice", 9, None),
        (URIS.authorization("alice", 7), LocalKind.AUTHORIZATION, "alice", 7, None),
        (URIS.collection("alice", "followers"), LocalKind.COLLECTION, "alice", None, "followers"),
        (URIS.context(115), LocalKind.CONTEXT, None, 115, None),
        (URIS.credential(184), LocalKind.CREDENTIAL, None, 184, None),
        (URIS.status_list(1), LocalKind.STATUS_LIST, None, 1, None),
        (URIS.trust_list, LocalKind.OTHER, None, None, None),
    ],
)
def test_every_uri_of_ours_is_read_back(uri, kind, username, number, name):
    found = URIS.parse(uri)

    assert (found.kind, found.username, found.id, found.name) == (kind, username, number, name)


def test_another_spelling_is_still_ours():
    assert URIS.parse("https://SOCIAL.chu.example:443/users/alice#main-key").username == "alice"
    assert URIS.parse("https://social.chu.example/users/alice/?x=1").kind is LocalKind.ACTOR


@pytest.mark.parametrize("uri", ["https://chu.example/users/a", "https://evil.test", "acct:a", ""])
def test_what_is_not_ours_is_none(uri):
    assert URIS.parse(uri) is None
    assert not URIS.is_local(uri)


def test_the_instances_name_is_its_host_without_port():
    assert URIS.instance_username == "social.chu.example"
    assert LocalUris("http://a.localhost:8001", "x").instance_username == "a.localhost"
    assert LocalUris("http://[::1]", "x").instance_username == "[::1]"


def test_a_handle_has_the_handles_domain():
    assert URIS.handle("alice") == "alice@chu.example"


@pytest.mark.parametrize(
    ("handle", "parts"),
    [
        ("alice", ("alice", None)),
        ("@alice", ("alice", None)),
        ("@Alice@B.Example", ("Alice", "b.example")),
        ("acct:alice@b.example", ("alice", "b.example")),
        ("alice@b.localhost:8002", ("alice", "b.localhost:8002")),
        (" alice@hôpital.example. ", ("alice", "xn--hpital-ixa.example")),
    ],
)
def test_e08_a_handle_has_one_form(handle, parts):
    assert handle_parts(handle) == parts


@pytest.mark.parametrize("handle", ["", "@", "a@b@c", "a b@c", "a/b@c", "@@c", "a@b:x", "x" * 600])
def test_what_is_no_handle_is_refused(handle):
    with pytest.raises(InvalidDocument):
        handle_parts(handle)
