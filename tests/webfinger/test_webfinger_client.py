"""Asking another host who a handle is, both ways."""

from __future__ import annotations

import pytest

from core.errors import FetchFailed, HostRefused, InvalidDocument, NotFound
from webfinger.client import find_actor_uri, proves

JRD = "application/jrd+json"


def _path(remote, name):
    return f"/.well-known/webfinger?resource=acct%3A{name}%40{remote.host.replace(':', '%3A')}"


async def test_a_handle_leads_to_its_actor(client, remote):
    bob = remote.person("bob")

    uri = await find_actor_uri(client, f"@{bob.handle}", scheme="http")

    assert uri == bob.uri
    (asked,) = remote.journal
    assert asked.path == _path(remote, "bob")
    assert asked.verified is None


async def test_nobody_has_it(client, remote):
    with pytest.raises(NotFound):
        await find_actor_uri(client, f"nobody@{remote.host}", scheme="http")


async def test_a_local_handle_is_not_asked_for(client):
    with pytest.raises(InvalidDocument):
        await find_actor_uri(client, "alice")


async def test_a_host_that_is_no_peer_is_not_asked(client, bare_remote):
    with pytest.raises(HostRefused):
        await find_actor_uri(client, f"bob@{bare_remote.host}", scheme="http")
    assert bare_remote.journal == []


@pytest.mark.parametrize(
    "behaviour",
    [
        {"body": {"subject": "acct:bob@b", "links": []}, "content_type": JRD},
        {"body": {"subject": "acct:bob@b"}, "content_type": "text/html"},
        {"body": b"<XRD/>", "content_type": "application/xrd+xml"},
        {"body": b"x" * (1024 * 1024 + 1), "content_type": JRD},
    ],
    ids=["no link", "html", "xml", "1 MiB + 1"],
)
async def test_e06_a_useless_answer_fails(client, remote, behaviour):
    remote.script(_path(remote, "bob"), **behaviour)

    with pytest.raises(FetchFailed):
        await find_actor_uri(client, f"bob@{remote.host}", scheme="http")


async def test_proof_needs_the_same_name_the_same_domain_and_the_same_actor(client, remote):
    bob = remote.person("Bob")
    asked = {"actor_uri": bob.uri, "scheme": "http"}

    assert await proves(client, "bob", remote.host, **asked)
    assert not await proves(client, "Bob", remote.host, actor_uri=f"{bob.uri}2", scheme="http")
    for subject in ("acct:eve@" + remote.host, "acct:bob@elsewhere.test", "nonsense", "", "bob"):
        link = {"rel": "self", "type": "application/activity+json", "href": bob.uri}
        remote.script(_path(remote, "bob"), body={"subject": subject, "links": [link]},
                      content_type=JRD)  # fmt: skip
        assert not await proves(client, "bob", remote.host, **asked)
