"""Asking as a remote does: a signed request, up to the verified actor."""

from __future__ import annotations

import pytest

from actors.authenticate import authenticate
from federation.signatures.request import SignedRequest

INBOX = "http://a.localhost:8001/inbox"
BODY = b'{"type": "Like"}'


@pytest.fixture
def ask(database, client):
    """Sign as an actor of a remote, with knobs; return whom we take it for."""

    async def ask(remote, actor, *, method="POST", url=INBOX, **knobs):
        body = {"body": BODY} if method == "POST" else {}
        made = remote.sign(method, url, actor=actor, **{**body, **knobs})
        request = SignedRequest(made.method, made.target, made.headers, made.body)
        return await authenticate(database, client, request)

    return ask
