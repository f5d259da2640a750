"""https://docs.joinmastodon.org/methods/domain_blocks/"""

from __future__ import annotations

from typing import Any

from actors.domain_blocks import delete_domain_block, list_domain_blocks, read_domain
from api.acting import acting
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from outbox.domain_block import send_domain_block


async def get_domain_blocks(call: Call) -> Answer:
    """List the domains of which the caller wants nothing."""
    page = read_page(call.fields, default=100, largest=200)
    async with call.services.database.read() as session:
        rows = await list_domain_blocks(session, call.me.actor.id, page)
    return call.page(page, [row.domain for row in rows], [row.id for row in rows])


async def post_domain_block(call: Call) -> dict[str, Any]:
    """Hide all of a domain, and turn away those of it who follow the caller."""
    text = call.fields.required("domain")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        await send_domain_block(session, me, read_domain(session, text))
    return {}


async def delete_one(call: Call) -> dict[str, Any]:
    """Show what comes of a domain again."""
    text = call.fields.required("domain")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        await delete_domain_block(session, me.id, read_domain(session, text))
    return {}


_PATH = "/api/v1/domain_blocks"
ROUTES = (
    Route("GET", _PATH, get_domain_blocks, Door.USER, ("read:blocks", "follow")),
    Route("POST", _PATH, post_domain_block, Door.USER, ("write:blocks", "follow")),
    Route("DELETE", _PATH, delete_one, Door.USER, ("write:blocks", "follow")),
)
