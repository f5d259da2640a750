"""Signing on at a provider: let in, linked, as evidence; and the ways in which it is another's."""

from __future__ import annotations

from time import time
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

from core.clock import now
from doctors.claims import make_claim
from doctors.models import Claim, Evidence
from fakes.openid import CLIENT_ID, CLIENT_SECRET, FakeProvider
from moderation.models import AuditEntry
from users.accounts import delete_user
from users.models import ExternalIdentity, SignOn, User
from users.queries import find_user_by_username
from users.sessions import sign_in
from users.stale import delete_stale

PASSWORD = "a password long enough"
PATH = "/auth/sign-on/institution"
LINKING = "/settings/security/sign-on"


@pytest.fixture
def fake():
    with FakeProvider() as running:
        yield running


@pytest.fixture
def settings(settings, fake):
    changes = {
        "oidc_issuer": fake.issuer,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
        "oidc_name": "CHU de Lyon",
    }
    return settings.model_copy(update=changes)


@pytest_asyncio.fixture
async def app(app):
    yield app
    await app.extensions["client"].close()


@pytest.fixture
def link(database, fake):
    """Let the provider's identity sign somebody in."""

    async def write(actor, subject="a-1"):
        async with database.transaction() as session:
            user = await find_user_by_username(session, actor.username)
            session.add(
                ExternalIdentity(issuer=fake.issuer, subject=subject, user_id=user.id, name="x")
            )

    return write


async def start(browser, path=PATH, **fields):
    page = await browser.get("/auth/sign-in?next=/notifications")
    return await browser.post(path, page.forms[path] | fields)


async def back(browser, fake, page, **changes):
    """Come back from the provider, as a browser would, with what it was given there."""
    onward = page.headers["Refresh"].partition("url=")[2]
    code = fake.take(onward)
    query = {"code": code, "state": fake.asked["state"]} | changes
    query = {name: value for name, value in query.items() if value is not None}
    return await browser.get(f"{PATH}/back?{urlencode(query)}", Sec_Fetch_Site="cross-site")


async def test_a_linked_identity_lets_its_person_in_and_on_to_what_they_asked_for(
    stranger, fake, link, carol
):
    await link(carol)
    going = await start(stranger)
    assert going.status == 200
    assert "form-action 'self'" in going.headers["Content-Security-Policy"]
    assert f'href="{fake.issuer}/authorize' in going.html

    came = await back(stranger, fake, going)

    assert (came.status, came.location) == (303, "/notifications")
    assert (await stranger.get("/settings")).status == 200
    assert "sign-on" not in stranger.cookies


async def test_the_cookie_of_a_sign_on_is_kept_from_scripts_and_ends_in_ten_minutes(stranger):
    await start(stranger)
    cookie = stranger.cookies["sign-on"]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "Lax"
    assert 590 < cookie.expires - time() <= 600


async def test_an_identity_that_nobody_linked_lets_nobody_in_whatever_its_address(
    stranger, fake, carol, database, rows
):
    async with database.transaction() as session:
        user = await find_user_by_username(session, "carol")
        fake.info = {"email": user.email, "email_verified": True}

    came = await back(stranger, fake, await start(stranger))

    assert came.status == 403
    assert "Nobody here is signed in by this identity yet" in came.text
    assert "session" not in stranger.cookies
    assert await rows(ExternalIdentity) == []


async def test_who_is_suspended_is_not_let_in(stranger, fake, link, carol, database):
    await link(carol)
    async with database.transaction() as session:
        (await find_user_by_username(session, "carol")).suspended_at = now()

    came = await back(stranger, fake, await start(stranger))

    assert came.status == 403
    assert "session" not in stranger.cookies


async def test_a_second_factor_is_asked_for_all_the_same(stranger, fake, link, carol, database):
    await link(carol)
    async with database.transaction() as session:
        (await find_user_by_username(session, "carol")).totp_confirmed_at = now()

    came = await back(stranger, fake, await start(stranger))

    assert came.location.startswith("/auth/second-factor")
    assert "session" not in stranger.cookies


async def test_an_answer_is_taken_once(stranger, fake, link, carol):
    await link(carol)
    going = await start(stranger)
    kept = stranger.cookies["sign-on"].value
    await back(stranger, fake, going)
    stranger.keep_cookie("sign-on", kept)

    again = await back(stranger, fake, going)

    assert again.status == 403
    assert "begun in another browser, or too long ago" in again.text


async def test_an_answer_brought_to_another_browser_signs_nobody_in(
    app, stranger, fake, link, carol
):
    await link(carol)
    going = await start(stranger)
    victim = type(stranger)(app)

    came = await back(victim, fake, going)

    assert came.status == 403
    assert "session" not in victim.cookies


async def test_an_answer_that_comes_too_late_signs_nobody_in(stranger, fake, link, carol, database):
    await link(carol)
    going = await start(stranger)
    async with database.transaction() as session:
        (await session.scalar(select(SignOn))).expires_at = now()

    assert (await back(stranger, fake, going)).status == 403


async def test_an_answer_of_another_provider_is_refused(stranger, fake, link, carol):
    await link(carol)
    came = await back(stranger, fake, await start(stranger), iss="https://elsewhere.example")
    assert came.status == 403
    assert "session" not in stranger.cookies


async def test_a_refusal_there_is_said_here(stranger, fake):
    came = await back(stranger, fake, await start(stranger), code=None, error="access_denied")
    assert came.status == 403
    assert "CHU de Lyon did not sign you on" in came.text


async def test_a_false_answer_is_not_believed(stranger, fake, link, carol):
    await link(carol)
    fake.token = {"nonce": "of another sign-on"}
    came = await back(stranger, fake, await start(stranger))
    assert came.status == 502
    assert "session" not in stranger.cookies


async def test_a_provider_that_is_down_is_said_to_be(stranger, fake):
    fake.refuse()
    page = await start(stranger)
    assert page.status == 502
    assert "cannot be reached now" in page.text


async def test_the_way_to_a_provider_begins_on_our_own_page(stranger, rows):
    page = await stranger.get("/auth/sign-in")
    answer = await stranger.post(PATH, page.forms[PATH], Sec_Fetch_Site="cross-site")
    assert answer.status == 403
    assert await rows(SignOn) == []


async def test_a_provider_that_is_not_set_is_not_there(stranger):
    assert (await stranger.post("/auth/sign-on/elsewhere", {})).status == 404
    assert (await stranger.get("/auth/sign-on/elsewhere/back?state=x&code=y")).status == 404


async def linked(reader, fake, password=PASSWORD):
    page = await reader.get(f"{LINKING}?provider=institution")
    return await reader.post(LINKING, page.forms[LINKING] | {"password": password})


async def test_an_identity_is_linked_with_the_password_and_is_in_the_log(reader, fake, rows):
    came = await back(reader, fake, await linked(reader, fake))

    assert came.location == "/settings/security?done=linked"
    row, = await rows(ExternalIdentity)
    assert (row.issuer, row.subject) == (fake.issuer, "a-1")
    assert "account.sign-on" in [entry.action for entry in await rows(AuditEntry)]
    assert fake.issuer in (await reader.get("/settings/security")).text


async def test_without_the_password_nothing_is_linked(reader, fake, rows):
    page = await linked(reader, fake, password="another")
    assert page.status == 422
    assert "This is not your password" in page.text
    assert await rows(SignOn) == []


async def test_an_identity_of_somebody_else_is_not_taken_over(reader, fake, link, alice, rows):
    await link(alice)

    came = await back(reader, fake, await linked(reader, fake))

    assert came.status == 409
    row, = await rows(ExternalIdentity)
    users = {user.id: user.actor_id for user in await rows(User)}
    assert users[row.user_id] == alice.id


async def test_a_link_that_another_person_began_is_not_made_theirs(
    app, reader, fake, database, alice, rows
):
    """Two people at one ward computer: who comes back is not who was sent."""
    going = await linked(reader, fake)
    async with database.transaction() as session:
        secret, _ = await sign_in(session, await find_user_by_username(session, "alice"))
    reader.keep_cookie("session", secret)

    assert (await back(reader, fake, going)).status == 403
    assert await rows(ExternalIdentity) == []


async def test_an_identity_is_unlinked_by_its_person_alone(reader, doctor, fake, link, carol, rows):
    await link(carol)
    path = f"{LINKING}/end"
    form = (await reader.get("/settings/security")).forms[path]
    others = (await doctor.get(f"{LINKING}?provider=institution")).forms[LINKING]

    stolen = await doctor.post(path, form | {"csrf_token": others["csrf_token"]})
    assert stolen.status == 404
    assert (await reader.post(path, form)).location == "/settings/security?done=unlinked"
    assert await rows(ExternalIdentity) == []


async def claimed(database, carol):
    async with database.transaction() as session:
        return await make_claim(
            session,
            carol,
            register="FR-RPPS",
            number="99900000193",
            profession="10",
            given_name="Carol",
            family_name="Durand",
        )


async def test_a_sign_on_supports_an_open_claim(reader, fake, database, carol, rows):
    await claimed(database, carol)
    fake.info = {"SubjectNameID": "899900000193"}
    token = (await reader.get(f"{LINKING}?provider=institution")).forms[LINKING]["csrf_token"]
    form = {"csrf_token": token, "provider": "institution"}

    came = await back(reader, fake, await reader.post("/settings/badge/sign-on", form))

    assert came.location == "/settings/badge?done=sign-on"
    evidence, = await rows(Evidence)
    assert b"899900000193" not in evidence.sealed
    assert await rows(ExternalIdentity) == []
    claim, = await rows(Claim)
    assert claim.match


async def test_without_a_claim_nobody_is_sent_away(reader, fake, rows):
    token = (await reader.get(f"{LINKING}?provider=institution")).forms[LINKING]["csrf_token"]
    form = {"csrf_token": token, "provider": "institution"}
    assert (await reader.post("/settings/badge/sign-on", form)).status == 409
    assert await rows(SignOn) == []


async def test_what_is_over_is_forgotten_and_a_deleted_account_keeps_no_identity(
    database, stranger, link, carol, rows
):
    await link(carol)
    await start(stranger)
    async with database.transaction() as session:
        (await session.scalar(select(SignOn))).expires_at = now()
    async with database.transaction() as session:
        assert await delete_stale(session) == 1
        await delete_user(session, "carol", decided_by="a test")
    assert await rows(ExternalIdentity) == []
