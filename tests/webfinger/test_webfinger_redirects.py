"""What another host's WebFinger may not make us do; catalogue cases E05, E10."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import FetchFailed, HostRefused, NotFound
from fakes.ports import listener
from webfinger.client import find_actor_uri

ROOT = Path(__file__).resolve().parents[2]


def _path(remote):
    return f"/.well-known/webfinger?resource=acct%3Abob%40{remote.host.replace(':', '%3A')}"


async def _fails(client, remote, *kinds):
    with pytest.raises(kinds):
        await find_actor_uri(client, f"bob@{remote.host}", scheme="http")


async def test_e05_three_redirects_are_followed_and_no_fourth(client, remote):
    remote.person("bob")
    for number in range(4):
        remote.script(f"/r{number}", redirect=f"/r{number + 1}")
    remote.script(_path(remote), redirect="/r0")

    await _fails(client, remote, FetchFailed)

    assert [entry.path for entry in remote.journal][1:] == ["/r0", "/r1", "/r2"]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://b.localhost/", "data:,{}"])
async def test_e05_a_redirect_to_another_scheme_is_refused(client, remote, target):
    remote.script(_path(remote), redirect=target)

    await _fails(client, remote, HostRefused, FetchFailed)
    assert len(remote.journal) == 1


async def test_e05_a_redirect_to_a_private_address_is_not_dialled(client, remote):
    # 127.0.0.0/8 is open in development: the others are as private as ever.
    async with listener() as (port, connected):
        for host in ("[::1]", "0.0.0.0", "169.254.169.254", "10.0.0.1"):
            remote.script(_path(remote), redirect=f"http://{host}:{port}/x")

            await _fails(client, remote, HostRefused)

        assert connected == []


async def test_e05_a_redirect_to_a_host_that_is_no_peer_is_not_dialled(client, remote):
    async with listener() as (port, connected):
        remote.script(_path(remote), redirect=f"http://out.localhost:{port}/x")

        await _fails(client, remote, HostRefused)

        assert connected == []


async def test_e10_host_meta_is_never_asked_for(client, remote):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><XRD>&b;</XRD>'
    remote.script("/.well-known/host-meta", body=bomb, content_type="application/xrd+xml")

    await _fails(client, remote, NotFound)

    assert [entry.path.partition("?")[0] for entry in remote.journal] == [
        "/.well-known/webfinger"
    ]


def test_e10_nothing_here_reads_xml():
    readers = {"xml", "lxml", "defusedxml", "xmltodict", "untangle", "feedparser"}
    found = []
    for path in ROOT.glob("*/**/*.py"):
        if path.relative_to(ROOT).parts[0] not in (".venv", "var", "tests"):
            names = re.findall(r"^\s*(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
            found += [f"{path}: {name}" for name in names if name in readers]

    assert found == []
