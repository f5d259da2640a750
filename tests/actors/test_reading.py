"""Who asks: the reader of a signed GET, judged by host."""

from __future__ import annotations

import pytest
from quart import Quart, request

from actors.reading import STRANGER, read_reader
from core.errors import Forbidden, ServerError, Unauthenticated
from fakes.fixtures import list_peer
from moderation.models import PeerClass

URL = "http://a.localhost:8001/thing?page=1"


@pytest.fixture
def read(database, client, remote):
    """Ask as a remote would; return the reader, or the error."""
    found = []
    app = Quart("reading")
    app.extensions["consilium"] = {"database": database, "client": client}

    @app.get("/thing")
    async def get_thing():
        try:
            public = request.headers.get("x-public") == "yes"
            found.append(await read_reader(database, client, request, public=public))
        except ServerError as error:
            found.append(error)
        return ""

    async def read(*, public=False, **knobs):
        remote.mount(app)
        more = [("x-public", "yes")] if public else []
        await remote.get(URL, more=more, **knobs)
        return found.pop()

    return read


async def test_a_signer_is_read_with_its_hosts_class(read, database, remote):
    reader = await read()

    assert (reader.actor.uri, reader.host) == (remote.instance.uri, remote.host)
    assert reader.peer_class is PeerClass.CLINICAL

    await list_peer(database, remote, PeerClass.SOCIAL)
    assert (await read()).peer_class is PeerClass.SOCIAL

    await list_peer(database, remote, PeerClass.BLOCKED)
    assert isinstance(await read(), Forbidden)


async def test_nobody_reads_unsigned_where_strangers_are_not_served(read):
    assert isinstance(await read(public=True, signed=False), Unauthenticated)


async def test_a_stranger_is_no_clinical_reader():
    assert STRANGER.actor is None
    assert STRANGER.peer_class is PeerClass.UNKNOWN
