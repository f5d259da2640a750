"""Evidence for a claim: documents and sign-ons, sealed, opened under record, deleted in time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from core.clock import now
from core.errors import Forbidden, InvalidInput, NotFound
from core.ids import new_id
from db.session import AsyncSession, settings_of
from doctors import claim_queries as queries
from doctors.comparing import match_claim
from doctors.models import Claim, ClaimState, Evidence, EvidenceKind
from doctors.sealing import Unreadable, seal, unseal
from doctors.verifiers import Verifier, forget_first_look
from moderation.audit import record

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_FILES = 5
# Of one person, with those of claims that were decided or withdrawn.
MAX_KEPT_FILES = 4 * MAX_FILES
# A provider says who somebody is in a few kilobytes.
MAX_SIGN_ON_BYTES = 64 * 1024
MAX_SIGN_ONS = 5
DELETED_A_TIME = 20
# What nobody decided about for so long is not kept any longer.
UNDECIDED = timedelta(days=180)
JSON = "application/json"
_TYPES = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    JSON: "json",
}
_MAX_NAME = 100
_PATH = re.compile(r"^.*[/\\]")


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """What may be known of a piece of evidence without opening it; `size` is in bytes."""

    id: int
    claim_id: int
    kind: EvidenceKind
    name: str
    media_type: str
    size: int
    created_at: datetime
    delete_at: datetime | None

    @property
    def download_name(self) -> str:
        """A file name of our own making: the sender's goes into no header."""
        return f"evidence-{self.id}.{_ENDINGS.get(self.media_type, 'bin')}"


@dataclass(frozen=True, slots=True)
class OpenedEvidence:
    """A piece of evidence as it came: a file's bytes, or a sign-on's claims as JSON.

    Whoever serves it sends `headers` with it, and never shows it inside a page.
    """

    item: EvidenceItem
    data: bytes

    @property
    def headers(self) -> dict[str, str]:
        """What to answer with: a download, of exactly this type, that can run nothing."""
        return {
            "Content-Type": self.item.media_type,
            "Content-Disposition": f'attachment; filename="{self.item.download_name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        }


async def add_file(session: AsyncSession, claim: Claim, name: str, data: bytes) -> EvidenceItem:
    """Seal a document (PDF, JPEG or PNG by its bytes) and keep it with a waiting claim.

    Raises InvalidInput for another type, for more than 10 MB or five documents (or twenty, with
    those of earlier claims), and for a claim that was decided.
    """
    media_type = _type_of(data)
    claim = await _lock(session, claim)
    if await queries.count_evidence(session, claim.id, EvidenceKind.FILE) >= MAX_FILES:
        raise InvalidInput(f"a claim has at most {MAX_FILES} documents")
    if await queries.count_files_of(session, claim.actor_id) >= MAX_KEPT_FILES:
        raise InvalidInput("too many documents of earlier claims are kept: they go in some weeks")
    item = await _keep(
        session,
        claim,
        EvidenceKind.FILE,
        name=_plain_name(name) or f"document.{_ENDINGS[media_type]}",
        media_type=media_type,
        data=data,
    )
    await match_claim(session, claim)
    return item


def _type_of(data: bytes) -> str:
    if not data:
        raise InvalidInput("the file is empty")
    if len(data) > MAX_FILE_BYTES:
        raise InvalidInput(f"a document has at most {MAX_FILE_BYTES // 1024 // 1024} MB")
    found = next((kind for start, kind in _TYPES if data.startswith(start)), None)
    if found is None:
        raise InvalidInput("a document is a PDF, a JPEG or a PNG")
    return found


def _plain_name(name: str) -> str:
    bare = _PATH.sub("", name.strip())
    return "".join(c for c in bare if c.isprintable())[-_MAX_NAME:]


async def add_sign_on(
    session: AsyncSession, claim: Claim, issuer: str, claims: Mapping[str, Any]
) -> EvidenceItem:
    """Seal what an identity provider vouched for when somebody signed on, and compare anew.

    `issuer` is the provider's address; a second sign-on at the same one replaces the first. Raises
    InvalidInput for a claim that was decided.
    """
    data = orjson.dumps(dict(claims))
    if len(data) > MAX_SIGN_ON_BYTES:
        raise InvalidInput("the identity provider says more than is taken")
    claim = await _lock(session, claim)
    await queries.delete_sign_ons(session, claim.id, issuer)
    if await queries.count_evidence(session, claim.id, EvidenceKind.SIGN_ON) >= MAX_SIGN_ONS:
        raise InvalidInput(f"a claim has at most {MAX_SIGN_ONS} sign-ons")
    item = await _keep(
        session, claim, EvidenceKind.SIGN_ON, name=issuer, media_type=JSON, data=data
    )
    await match_claim(session, claim)
    return item


async def _lock(session: AsyncSession, claim: Claim) -> Claim:
    """Hold a waiting claim whose evidence is about to change."""
    held = await queries.lock_claim(session, claim.id)
    if held is None or held.state not in queries.WAITING:
        raise InvalidInput("this claim was decided, or withdrawn: make another one")
    if held.state is ClaimState.SECOND_LOOK:
        # What changes after the first look, two have to see again.
        forget_first_look(held)
    return held


async def _keep(
    session: AsyncSession,
    claim: Claim,
    kind: EvidenceKind,
    *,
    name: str,
    media_type: str,
    data: bytes,
) -> EvidenceItem:
    evidence_id = new_id()
    kept = Evidence(
        id=evidence_id,
        claim_id=claim.id,
        kind=kind,
        name=name,
        media_type=media_type,
        size=len(data),
        sealed=seal(settings_of(session).secret, data, evidence_id=evidence_id),
        delete_at=now() + UNDECIDED,
    )
    session.add(kept)
    claim.updated_at = now()
    await session.flush()
    return _item(kept)


def _item(kept: Any) -> EvidenceItem:
    return EvidenceItem(**{name: getattr(kept, name) for name in EvidenceItem.__slots__})


async def list_evidence(
    session: AsyncSession, claim_ids: Sequence[int]
) -> dict[int, list[EvidenceItem]]:
    """Return the evidence of some claims, unopened, in the order in which it came."""
    found: dict[int, list[EvidenceItem]] = {claim_id: [] for claim_id in claim_ids}
    for row in await queries.list_unopened(session, claim_ids):
        found[row.claim_id].append(_item(row))
    return found


async def read_evidence(
    session: AsyncSession, evidence_id: int, reader: Verifier
) -> OpenedEvidence:
    """Open a piece of evidence for a verifier; each time is a line of the audit log.

    Raises NotFound for none, Forbidden for evidence of one's own claim, and InvalidInput for what
    does not open, because the instance's secret is another one.
    """
    kept = await queries.find_evidence(session, evidence_id)
    if kept is None:
        raise NotFound("there is no such evidence, or it was deleted in time")
    claim = await queries.find_claim(session, kept.claim_id)
    if claim is None or claim.actor_id == reader.actor_id:
        raise Forbidden("nobody verifies themselves")
    try:
        data = unseal(settings_of(session).secret, kept.sealed, evidence_id=kept.id)
    except Unreadable as error:
        raise InvalidInput(str(error)) from error
    await record(
        session,
        actor=reader.name,
        action="evidence.open",
        subject=str(claim.id),
        detail={"evidence": str(kept.id), "kind": kept.kind.value, "size": kept.size},
    )
    return OpenedEvidence(_item(kept), data)


async def remove_evidence(session: AsyncSession, claim: Claim, evidence_id: int) -> None:
    """Delete a piece of evidence of a waiting claim, as its owner wishes.

    Raises NotFound for none, InvalidInput for a claim that was decided.
    """
    claim = await _lock(session, claim)
    if not await queries.delete_evidence(session, claim.id, evidence_id):
        raise NotFound("there is no such evidence")
    await match_claim(session, claim)


async def end_evidence(session: AsyncSession, claim_id: int) -> None:
    """Let a claim's evidence be deleted after the set time, from now on."""
    days = settings_of(session).evidence_days
    await queries.set_end_of_evidence(session, claim_id, now() + timedelta(days=days))


async def delete_ended(session: AsyncSession) -> int:
    """Delete some of the evidence whose time has come; return how much, 0 when none is left."""
    return await queries.delete_ended_evidence(session, DELETED_A_TIME)
