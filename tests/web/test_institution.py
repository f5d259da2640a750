"""The institution: for whom its pages are, what they count, and the credentials."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import factories
from claiming import PDF, decide
from core.clock import now
from doctors.evidence import add_file
from doctors.models import (
    Claim,
    ClaimState,
    HeldCredential,
    Verification,
)
from users.models import Role
from users.queries import find_user_by_username

HOME, CLAIMS, DOCTORS = "/institution", "/institution/claims", "/institution/doctors"
CREDENTIALS = "/institution/credentials"


async def only(rows, kind):
    (row,) = await rows(kind)
    return row


@pytest.fixture
def everywhere(claimed, database, vera):
    """All addresses of a claim and a verification, as (method, path)."""

    async def find():
        claim = await claimed()
        async with database.transaction() as session:
            kept = await session.get_one(Claim, claim.id)
            item = await add_file(session, kept, "card", PDF)
        one = f"{CLAIMS}/{claim.id}"
        return [
            *(("GET", path) for path in (HOME, CLAIMS, one, DOCTORS, f"{DOCTORS}/1", CREDENTIALS)),
            *(("POST", path) for path in (one, f"{one}/compare", f"{one}/evidence/{item.id}")),
            *(("POST", f"{DOCTORS}/1/{act}") for act in ("confirm", "revoke")),
        ]

    return find


async def ask(browser, method, path, token="x"):
    if method == "GET":
        return await browser.get(path)
    form = {"csrf_token": token, "reason": "x", "decision": "grant", "assurance": "declared"}
    return await browser.post(path, form)


async def test_for_members_and_moderators_it_is_not_there(doctor, everywhere, database, rows):
    paths = await everywhere()
    token = (await doctor.get("/me")).forms["#act"]["csrf_token"]
    for role in (Role.MEMBER, Role.MODERATOR):
        async with database.transaction() as session:
            (await find_user_by_username(session, "alice")).role = role
        for method, path in paths:
            assert (await ask(doctor, method, path, token)).status == 404, (role, path)
    assert (await only(rows, Claim)).state is ClaimState.OPEN
    assert 'href="/institution"' not in (await doctor.get("/me")).html


async def test_strangers_sign_in_first_and_foreign_forms_do_nothing(
    stranger, vera, everywhere, rows
):
    for method, path in await everywhere():
        assert (await ask(stranger, method, path)).location.startswith("/auth/sign-in"), path
        if method == "POST":
            assert (await ask(vera, method, path)).status == 403, path
    assert (await only(rows, Claim)).state is ClaimState.OPEN


async def test_administrators_are_verifiers_too(doctor, database, claimed):
    claim = await claimed()
    async with database.transaction() as session:
        (await find_user_by_username(session, "alice")).role = Role.ADMIN

    assert (await doctor.get(f"{CLAIMS}/{claim.id}")).status == 200
    assert 'href="/institution"' in (await doctor.get("/me")).html


async def test_what_is_not_there_is_not_found(vera, nina):
    for path in (f"{CLAIMS}/1", f"{CLAIMS}/x", f"{CLAIMS}?state=lost", f"{DOCTORS}/1"):
        assert (await vera.get(path)).status == 404, path


# The overview


async def test_the_overview_counts_and_names_the_registers_held(vera, claimed):
    await claimed()

    page = await vera.get(HOME)

    assert "1 request for a badge waits" in page.text
    assert "0 badges to be looked at again" in page.text
    assert "French register of health professionals (RPPS) 3 entries · register.txt" in page.text
    assert "One verifier decides." in page.text


# Credentials


@pytest.fixture
def verified(claimed, vera, database, rows):
    """Let Nina be verified, flagged if a reason is given; return the verification."""

    async def make(flag="", *, evidence=None, assurance="register-match"):
        claim = await claimed()
        await decide(vera, claim, "grant", assurance=assurance)
        async with database.transaction() as session:
            row = await session.scalar(select(Verification))
            if flag:
                row.flagged_at, row.flag_reason = now(), flag
            if evidence is not None:
                row.evidence = evidence
        return row

    return make


async def act(browser, row, name, **fields):
    path = f"{DOCTORS}/{row.id}/{name}"
    form = (await browser.get(f"{DOCTORS}/{row.id}")).forms[path]
    return await browser.post(path, form | {"reason": "Looked at."} | fields)


async def test_credentials_of_others_are_listed_with_why_they_give_no_badge(
    vera, database, register
):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob")
        session.add(HeldCredential(uri="https://evil.example/1", actor_id=bob.id,
                                   problem="the proof <b> does not hold"))  # fmt: skip
        session.add(HeldCredential(uri="https://evil.example/2", actor_id=bob.id,
                                   problem="evil.example is not a clinical peer"))  # fmt: skip

    page = await vera.get(CREDENTIALS)

    assert "https://evil.example/1" in page.text
    # What no catalogue can have is English in each language, and says so.
    assert 'lang="en">the proof &lt;b&gt; does not hold</p>' in page.html
    assert 'dir="auto">evil.example is not a clinical peer</p>' in page.html
    assert "2 credentials of others refused" in (await vera.get(HOME)).text


async def test_those_issued_here_are_listed_with_their_state(vera, verified):
    row = await verified()
    path = f"{CREDENTIALS}?show=issued"
    assert "holds until" in (await vera.get(path)).text

    await act(vera, row, "revoke")

    assert "revoked on" in (await vera.get(path)).text
    assert "None was refused." in (await vera.get(CREDENTIALS)).text
