"""`/api/consilium/v1/claims`: one's own way to the badge; registers and professions to choose."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from api.entities import claim as entities
from api.fields import path_id
from api.routing import Call, Door, Route
from core.errors import InvalidInput
from core.i18n import Language, language_of
from db.session import AsyncSession
from doctors import claims
from doctors.codes import professions, specialities
from doctors.evidence import MAX_FILE_BYTES, add_file, list_evidence
from doctors.models import Claim
from doctors.registers import REGISTERS

Json = dict[str, Any]


async def get_claims(call: Call) -> list[Json]:
    """List what the caller ever claimed, newest first."""
    async with call.services.database.read() as session:
        found = await claims.list_own_claims(session, call.me.actor.id)
        return await _shown(session, found, reader_language(call))


async def get_claim(call: Call, id: str) -> Json:
    """Show a claim of the caller's own."""
    async with call.services.database.read() as session:
        found = await claims.get_own_claim(session, call.me.actor.id, path_id(id))
        return (await _shown(session, [found], reader_language(call)))[0]


async def post_claim(call: Call) -> Json:
    """Claim to be somebody in a register."""
    fields = call.fields
    async with call.services.database.transaction() as session:
        made = await claims.make_claim(
            session,
            call.me.actor,
            register=fields.required("register"),
            number=fields.required("number"),
            profession=fields.required("profession"),
            given_name=fields.required("given_name"),
            family_name=fields.required("family_name"),
            specialities=fields.texts("specialities"),
            workplace=fields.text("workplace") or "",
            remark=fields.text("remark") or "",
        )
        return (await _shown(session, [made], reader_language(call)))[0]


async def delete_claim(call: Call, id: str) -> Json:
    """Withdraw a claim that waits."""
    async with call.services.database.transaction() as session:
        ended = await claims.withdraw_claim(session, call.me.actor, path_id(id))
        return (await _shown(session, [ended], reader_language(call)))[0]


async def post_evidence(call: Call, id: str) -> Json:
    """Add a document to a claim that waits; the file's own name is what `name` says."""
    file = call.file("file")
    if file is None:
        raise InvalidInput("Validation failed: file can't be blank")
    data = await asyncio.to_thread(_read, file)
    async with call.services.database.transaction() as session:
        claim = await claims.get_own_claim(session, call.me.actor.id, path_id(id))
        item = await add_file(session, claim, call.fields.text("name") or "", data)
    return entities.evidence(item)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        # One byte more than is taken shows that it is too large.
        data: bytes = opened.read(MAX_FILE_BYTES + 1)
    return data


async def get_registers(call: Call) -> list[Json]:
    """List the registers that somebody may name."""
    locale = reader_language(call).code
    return [
        {
            "code": one.code,
            "country": one.country,
            "name": one.name(locale),
            "number": one.short,
            "form": one.form(locale),
            "source": one.source,
        }
        for one in REGISTERS.values()
    ]


async def get_professions(call: Call) -> Json:
    """List the professions and specialities that somebody may name."""
    locale = reader_language(call).code
    return {
        "professions": [{"code": one.code, "label": one.label} for one in professions(locale)],
        "specialities": [{"code": one.code, "label": one.label} for one in specialities(locale)],
    }


def reader_language(call: Call) -> Language:
    """Return the language that the caller reads."""
    return language_of(call.me.user.locale)


async def _shown(
    session: AsyncSession, found: list[Claim], language: Language
) -> list[Json]:
    items = await list_evidence(session, [one.id for one in found])
    return [entities.claim(one, items[one.id], language) for one in found]


_BASE = "/api/consilium/v1"
_READ, _WRITE = ("read:accounts",), ("write:accounts",)
ROUTES = (
    Route("GET", f"{_BASE}/claims", get_claims, Door.USER, _READ),
    Route("POST", f"{_BASE}/claims", post_claim, Door.USER, _WRITE),
    Route("GET", f"{_BASE}/claims/<id>", get_claim, Door.USER, _READ),
    Route("DELETE", f"{_BASE}/claims/<id>", delete_claim, Door.USER, _WRITE),
    Route(
        "POST",
        f"{_BASE}/claims/<id>/evidence",
        post_evidence,
        Door.USER,
        _WRITE,
        takes_files=True,
    ),
    Route("GET", f"{_BASE}/registers", get_registers, Door.USER, _READ),
    Route("GET", f"{_BASE}/professions", get_professions, Door.USER, _READ),
)
