"""https://docs.joinmastodon.org/methods/instance/"""

from __future__ import annotations

from typing import Any

from actors.queries import find_local_actor
from api.entities.account import account
from api.entities.instance import EXTENDED_DESCRIPTION, Place, instance, instance_v1, rules
from api.paging import public_base
from api.routing import Call, Door, Route
from core.i18n import our_languages
from core.settings import Switch
from moderation.models import PeerClass
from moderation.patterns import is_pattern
from moderation.queries import list_peers
from moderation.rules import read_rules

# When the text was last changed.
_DESCRIBED_AT = "2026-11-24T00:00:00.000Z"


async def get_instance(call: Call) -> dict[str, Any]:
    """Tell what this place is (version 2)."""
    return instance(call.services.settings, await _place(call))


async def get_instance_v1(call: Call) -> dict[str, Any]:
    """Tell what this place is (version 1)."""
    return instance_v1(call.services.settings, await _place(call))


async def _place(call: Call) -> Place:
    settings = call.services.settings
    contact = None
    if settings.contact_account:
        async with call.services.database.read() as session:
            actor = await find_local_actor(session, settings.contact_account)
            if actor is not None and actor.deleted_at is None and actor.suspended_at is None:
                contact = await account(session, actor)
    return Place(public_base(settings), contact, read_rules(settings.data_dir))


async def get_peers(call: Call) -> list[str]:
    """List the hosts that we talk to by decision; none unless the institution publishes them."""
    if call.services.settings.publish_peers is Switch.OFF:
        return []
    async with call.services.database.read() as session:
        peers = await list_peers(session)
    talking = {PeerClass.SOCIAL, PeerClass.CLINICAL}
    return [
        peer.host for peer in peers if peer.peer_class in talking and not is_pattern(peer.host)
    ]


async def get_rules(call: Call) -> list[Any]:
    """List the rules of the house."""
    return rules(read_rules(call.services.settings.data_dir))


async def get_activity(call: Call) -> list[Any]:
    """List weekly figures: none are published."""
    return []


async def get_domain_blocks(call: Call) -> list[Any]:
    """List the blocked hosts: the list is not published."""
    return []


async def get_extended_description(call: Call) -> dict[str, Any]:
    """Explain this place at length."""
    return {"content": EXTENDED_DESCRIPTION, "updated_at": _DESCRIBED_AT}


async def get_languages(call: Call) -> list[dict[str, str]]:
    """List the languages of the interface."""
    return [{"code": code, "name": one.name} for code, one in our_languages().items()]


async def get_translation_languages(call: Call) -> dict[str, Any]:
    """List the languages that posts can be translated between: none."""
    return {}


ROUTES = (
    Route("GET", "/api/v2/instance", get_instance, Door.ANYONE),
    Route("GET", "/api/v1/instance", get_instance_v1, Door.ANYONE),
    Route("GET", "/api/v1/instance/rules", get_rules, Door.ANYONE),
    Route("GET", "/api/v1/instance/activity", get_activity, Door.ANYONE),
    Route("GET", "/api/v1/instance/peers", get_peers, Door.PROFILES),
    Route("GET", "/api/v1/instance/domain_blocks", get_domain_blocks, Door.PROFILES),
    Route("GET", "/api/v1/instance/extended_description", get_extended_description, Door.ANYONE),
    Route("GET", "/api/v1/instance/languages", get_languages, Door.ANYONE),
    Route("GET", "/api/v1/instance/translation_languages", get_translation_languages, Door.ANYONE),
)
