"""What a host's NodeInfo may not make us do; catalogue case D34."""

from __future__ import annotations

from doctors.pinning import look_at_peer
from fakes.ports import listener
from fakes.remote import FakeRemote
from federation.nodeinfo import APPLICATION

INDEX = "/.well-known/nodeinfo"


def _index(remote, *hrefs, rel=APPLICATION):
    links = [{"rel": rel, "href": href} for href in hrefs]
    remote.script(INDEX, body={"links": links}, content_type="application/json")


NOWHERE = ["data:application/json,{}", "file:///etc/passwd", "http://10.0.0.1/actor",
           "http://[::1]/x", "javascript:alert(1)", "//", "", "http://b.localhost@127.0.0.1/",
           "x" * 10_000, 7, None, {}]  # fmt: skip


async def test_d34_an_address_that_nobody_should_ask_is_not_asked(database, remote, client):
    for href in NOWHERE:
        _index(remote, href)

        facts = await look_at_peer(database, client, remote.host)

        # What it says is passed over: WebFinger names the instance actor as well.
        assert facts.actor_uri == remote.instance.uri


async def test_d34_another_host_is_not_asked(database, remote, client):
    with FakeRemote("c") as other:
        async with listener() as (port, connected):
            _index(remote, other.instance.uri, f"http://127.0.0.1:{port}/actor")

            facts = await look_at_peer(database, client, remote.host)

            assert facts.actor_uri == remote.instance.uri
            assert other.journal == []
            assert connected == []


async def test_d34_ten_megabytes_and_ten_thousand_links_are_passed_over(
    database, remote, client
):
    remote.script(INDEX, body=b" " * 10_000_000, content_type="application/json", times=1)
    assert (await look_at_peer(database, client, remote.host)).actor_uri == remote.instance.uri

    links = [{"rel": "x", "href": "y"}] * 5_000
    links.append({"rel": APPLICATION, "href": f"{remote.base_url}/elsewhere"})
    remote.script(INDEX, body={"links": links}, content_type="application/json")
    assert (await look_at_peer(database, client, remote.host)).actor_uri == remote.instance.uri


async def test_d34_the_name_of_the_software_is_neither_asked_for_nor_shown(
    database, remote, client
):
    remote.software = '<script>alert("x")</script>'

    facts = await look_at_peer(database, client, remote.host)

    assert remote.gets("/nodeinfo/2.0") == []
    assert "script" not in repr(facts)
