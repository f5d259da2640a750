"""Evidence: taken by its bytes, sealed, opened on record, gone in time."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import func, select, update

from claiming import HOSPITAL, JPEG, PDF, PNG, PSC, admin, card, claim_of, person, verifier
from core import clock
from core.errors import Forbidden, InvalidInput, NotFound
from doctors.claims import withdraw_claim
from doctors.deciding import refuse
from doctors.evidence import (
    DELETED_A_TIME,
    MAX_FILE_BYTES,
    UNDECIDED,
    add_file,
    add_sign_on,
    delete_ended,
    list_evidence,
    read_evidence,
    remove_evidence,
)
from doctors.models import Evidence
from doctors.sealing import Unreadable, seal, unseal
from doctors.verifiers import Verifier, verifier_of
from federation.addresses import AddressGate
from federation.client import Client
from moderation.models import AuditEntry
from workers.periodic import Periodic


@pytest.mark.parametrize(
    ("data", "media_type"),
    [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")],
    ids=["pdf", "png", "jpeg"],
)
async def test_a_document_is_known_by_its_bytes_and_comes_back_as_it_was(
    issuing, data, media_type
):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        item = await add_file(session, claim, "../../diploma.exe", data)
        opened = await read_evidence(session, item.id, await verifier(session))

    assert (item.name, item.media_type, item.size) == ("diploma.exe", media_type, len(data))
    assert opened.data == data
    assert opened.headers["Content-Type"] == media_type
    assert opened.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in opened.headers["Content-Security-Policy"]
    assert opened.headers["Content-Disposition"].startswith("attachment;")
    assert "exe" not in opened.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PDF, a JPEG or a PNG"),
        (b"<html>%PDF-", "PDF, a JPEG or a PNG"),
        (PDF + b"x" * MAX_FILE_BYTES, "at most 10 MB"),
    ],
    ids=["empty", "svg", "html", "large"],
)
async def test_other_files_and_larger_ones_are_refused(issuing, data, message):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))

        with pytest.raises(InvalidInput, match=message):
            await add_file(session, claim, "card.pdf", data)


async def test_claiming_again_and_again_does_not_fill_the_disk(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        for _ in range(4):
            claim = await claim_of(session, alice)
            for number in range(5):
                await add_file(session, claim, f"{number}.pdf", PDF)
            await withdraw_claim(session, alice, claim.id)
        claim = await claim_of(session, alice)

        with pytest.raises(InvalidInput, match="earlier claims"):
            await add_file(session, claim, "card.pdf", PDF)

        clock.shift(timedelta(days=31))
        await delete_ended(session)
        await add_file(session, claim, "card.pdf", PDF)


async def test_what_nobody_decides_about_is_not_kept_for_ever(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        await add_file(session, claim, "card.pdf", PDF)

        clock.shift(UNDECIDED - timedelta(minutes=1))
        assert await delete_ended(session) == 0
        clock.shift(timedelta(minutes=2))
        assert await delete_ended(session) == 1


async def test_a_claim_has_five_documents_and_one_sign_on_of_each_provider(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        for number in range(5):
            await add_file(session, claim, f"{number}.pdf", PDF)
        with pytest.raises(InvalidInput, match="at most 5"):
            await add_file(session, claim, "6.pdf", PDF)

        for issuer in (PSC, HOSPITAL, PSC):
            await add_sign_on(session, claim, issuer, card())

        items = (await list_evidence(session, [claim.id]))[claim.id]
    assert [item.name for item in items[5:]] == [HOSPITAL, PSC]
    assert [item.name for item in items[:5]] == [f"{number}.pdf" for number in range(5)]


async def test_what_lies_in_the_database_shows_nothing_and_opens_only_in_its_place(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        first = await add_file(session, claim, "one.pdf", PDF)
        second = await add_sign_on(session, claim, PSC, card())
        reader = await verifier(session)
        kept = await session.execute(select(Evidence.id, Evidence.sealed))
        sealed = {row.id: row.sealed for row in kept}
        said = orjson.loads((await read_evidence(session, second.id, reader)).data)

        await session.execute(
            update(Evidence).where(Evidence.id == first.id).values(sealed=sealed[second.id])
        )
        session.expire_all()
        with pytest.raises(InvalidInput, match="does not open"):
            await read_evidence(session, first.id, reader)
    assert said == card()
    assert b"diploma" not in sealed[first.id]
    assert b"SubjectNameID" not in sealed[second.id]


def test_a_seal_is_bound_to_the_secret_and_the_id():
    sealed = seal(b"a secret", b"data", evidence_id=1)

    assert unseal(b"a secret", sealed, evidence_id=1) == b"data"
    for secret, evidence_id, changed in (
        (b"another", 1, sealed),
        (b"a secret", 2, sealed),
        (b"a secret", 1, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (b"a secret", 1, b""),
    ):
        with pytest.raises(Unreadable):
            unseal(secret, changed, evidence_id=evidence_id)


async def test_each_opening_is_a_line_of_the_audit_log(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        item = await add_file(session, claim, "card.pdf", PDF)
        for reader in (await verifier(session), await admin(session)):
            await read_evidence(session, item.id, reader)

        lines = list(
            await session.scalars(
                select(AuditEntry)
                .where(AuditEntry.action == "evidence.open")
                .order_by(AuditEntry.id)
            )
        )
    assert [(line.actor, line.subject) for line in lines] == [
        ("@vera", str(claim.id)),
        ("@chief", str(claim.id)),
    ]
    assert lines[0].detail["evidence"] == str(item.id)
    assert "card.pdf" not in str(lines[0].detail)


async def test_only_a_verifier_reads_and_never_their_own(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        item = await add_file(session, claim, "card.pdf", PDF)

        with pytest.raises(Forbidden):
            await verifier_of(session, alice)
        with pytest.raises(Forbidden, match="themselves"):
            await read_evidence(session, item.id, Verifier("@alice", alice.id))
        with pytest.raises(NotFound):
            await read_evidence(session, 115, await verifier(session))


async def test_a_decided_claim_takes_no_evidence_and_gives_none_back(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        item = await add_file(session, claim, "card.pdf", PDF)
        await withdraw_claim(session, alice, claim.id)

        with pytest.raises(InvalidInput):
            await add_file(session, claim, "late.pdf", PDF)
        with pytest.raises(InvalidInput):
            await add_sign_on(session, claim, PSC, card())
        with pytest.raises(InvalidInput):
            await remove_evidence(session, claim, item.id)


async def test_an_owner_removes_what_they_sent_and_it_counts_no_longer(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        other = await claim_of(session, await person(session, "bob"))
        item = await add_sign_on(session, claim, PSC, card())
        with pytest.raises(NotFound):
            await remove_evidence(session, other, item.id)

        await remove_evidence(session, claim, item.id)

        assert (await list_evidence(session, [claim.id]))[claim.id] == []
        assert claim.proposed.value == "register-match"


async def test_evidence_of_a_refused_claim_is_deleted_in_bounded_batches(issuing):
    async with issuing.transaction() as session:
        claim = await claim_of(session, await person(session))
        await add_file(session, claim, "card.pdf", PDF)
        await refuse(session, claim.id, decided_by=await verifier(session), reason="no")
        row = (await session.scalars(select(Evidence))).one()
        copied = row.model_dump(exclude={"id"})
        session.add_all([Evidence(**copied) for _ in range(DELETED_A_TIME)])
    clock.shift(timedelta(days=30, minutes=1))

    async with issuing.transaction() as session:
        first, second = await delete_ended(session), await delete_ended(session)

    assert (first, second) == (DELETED_A_TIME, 1)


async def test_the_chore_deletes_what_is_due(issuing):
    async with issuing.transaction() as session:
        alice = await person(session)
        claim = await claim_of(session, alice)
        await add_file(session, claim, "card.pdf", PDF)
        await withdraw_claim(session, alice, claim.id)
    clock.shift(timedelta(days=31))

    async def to_nobody(_host: str) -> bool:
        return False

    client = Client(
        gate=AddressGate.of(issuing.settings), own_host="a.localhost:8001", may_talk_to=to_nobody
    )
    await Periodic(issuing, client).step()
    clock.shift(timedelta(minutes=30))
    chores = Periodic(issuing, client)
    clock.shift(timedelta(hours=1))
    await chores.step()
    await client.close()

    async with issuing.read() as session:
        assert await session.scalar(select(func.count()).select_from(Evidence)) == 0
