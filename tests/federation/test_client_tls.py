"""Whose certificate is believed; catalogue case D21. A throw-away authority, real handshakes."""

from __future__ import annotations

import json
import ssl
from datetime import timedelta

import aiohttp.connector
import pytest

from core.errors import FetchUnavailable
from fakes.authority import Authority
from fakes.ports import raw_server

HOST = "b.localhost"
_DAY = timedelta(days=1)


@pytest.fixture
def authority(monkeypatch):
    """An authority that this machine trusts, for one test."""
    made = Authority()
    # As aiohttp makes the one that verifies, which is the one that a client uses unasked.
    trusting = aiohttp.connector._make_ssl_context(True)
    trusting.load_verify_locations(cadata=made.pem.decode())
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    return made


async def _fetch(make, tls):
    """Fetch from a server that shows this; return the document and how many requests came."""
    asked = []

    async def answer(_reader, writer):
        port = writer.get_extra_info("sockname")[1]
        body = json.dumps({"id": f"https://{HOST}:{port}/x", "type": "Note"}).encode()
        asked.append(port)
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)

    async with raw_server(answer, tls=tls) as port:
        try:
            return await make().fetch_document(f"https://{HOST}:{port}/x"), len(asked)
        except FetchUnavailable:
            return None, len(asked)


async def test_d21_a_certificate_of_a_trusted_authority_is_believed(make, authority, tmp_path):
    document, asked = await _fetch(make, authority.context(tmp_path, HOST))

    assert document is not None and document.type == "Note"
    assert asked == 1


async def test_d21_one_that_expired_is_not(make, authority, tmp_path):
    tls = authority.context(tmp_path, HOST, until=-_DAY)

    assert await _fetch(make, tls) == (None, 0)


async def test_d21_one_for_another_name_is_not(make, authority, tmp_path):
    for name in ("c.localhost", "localhost", "x.b.localhost"):
        assert await _fetch(make, authority.context(tmp_path, name)) == (None, 0)


async def test_d21_one_that_signs_for_itself_is_not(make, authority, tmp_path):
    assert await _fetch(make, Authority().context(tmp_path, HOST)) == (None, 0)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_d21_an_old_protocol_is_not_spoken(make, authority, tmp_path, version):
    tls = authority.context(tmp_path, HOST)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version = tls.maximum_version = version

    assert await _fetch(make, tls) == (None, 0)
