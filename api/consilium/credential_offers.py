"""/api/consilium/v1/credential-offers: what authorities vouch for, taken on or declined."""

from __future__ import annotations

from typing import Any

from api.acting import acting
from api.fields import path_id
from api.routing import Call, Door, Route
from api.times import api_time
from doctors.codes import profession_label, speciality_label
from doctors.offers import Offered, get_offered, list_offered
from outbox.accept import send_accept_offer
from outbox.reject import send_reject_offer

Json = dict[str, Any]


def offer_json(found: Offered) -> Json:
    """Write an offered credential as clients read it, with its codes in words."""
    offer, credential = found.offer, found.credential
    return {
        "id": str(offer.id),
        "state": offer.state.value,
        "created_at": api_time(offer.created_at),
        "answered_at": api_time(offer.answered_at) if offer.answered_at else None,
        "issuer": {"uri": offer.issuer_uri, "name": found.issuer_name},
        "credential": {
            "uri": offer.credential_uri,
            "name": credential.name,
            "register": credential.register,
            "registration_number": credential.registration_number,
            "profession": {
                "code": credential.profession,
                "label": profession_label(credential.profession),
            },
            "specialities": [
                {"code": code, "label": speciality_label(code)} for code in credential.specialities
            ],
            "assurance": credential.assurance,
            "verified_at": api_time(credential.verified_at),
            "valid_until": api_time(credential.valid_until),
        },
    }


async def get_offers(call: Call) -> list[Json]:
    """List what was offered to the caller and not declined, newest first; only what holds."""
    async with call.services.database.read() as session:
        return [offer_json(found) for found in await list_offered(session, call.me.actor.id)]


async def post_accept(call: Call, offer_id: str) -> Json:
    """Let an offered credential count for the caller; their profile names it from now on."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_offered(session, me.id, path_id(offer_id))
        await send_accept_offer(session, me, found, by=f"@{me.username}")
        return offer_json(found)


async def post_decline(call: Call, offer_id: str) -> Json:
    """Decline an offer, or give up what was accepted: its issuer is told, and takes it back."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_offered(session, me.id, path_id(offer_id))
        await send_reject_offer(session, me, found.offer)
        return offer_json(found)


_PATH = "/api/consilium/v1/credential-offers"
ROUTES = (
    Route("GET", _PATH, get_offers, Door.USER, ("read:accounts",)),
    Route("POST", f"{_PATH}/<offer_id>/accept", post_accept, Door.USER, ("write:accounts",)),
    Route("POST", f"{_PATH}/<offer_id>/decline", post_decline, Door.USER, ("write:accounts",)),
)
