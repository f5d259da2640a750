"""The consent page: may a program act for somebody (security.md I01–I03, H20)."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import func, select

from users.apps import OUT_OF_BAND
from users.models import OAuthApp, OAuthCode
from users.oauth import TokenRequest, issue

CALLBACK = "https://client.example/callback"
VERIFIER = "v" * 50
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def address(program, **changes):
    asked = {
        "client_id": program.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "read write:statuses write:media",
        "state": "a state & more",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    kept = {name: value for name, value in asked.items() if value is not None}
    return f"/oauth/authorize?{urlencode(kept)}"


async def answer(browser, program, decision, **changes):
    page = await browser.get(address(program, **changes))
    form = page.forms["/oauth/authorize"] | {"decision": decision}
    return await browser.post("/oauth/authorize", form)


async def count_codes(database):
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(OAuthCode))


def query_of(location):
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


async def test_a_stranger_signs_in_first_and_comes_back(stranger, alice, program):
    there = address(program)
    sent = await stranger.get(there)
    page = await stranger.get(sent.location)
    form = page.forms["/auth/sign-in"] | {"name": "alice", "password": "a password long enough"}

    back = await stranger.post("/auth/sign-in", form)

    assert sent.location.startswith("/auth/sign-in?next=%2Foauth%2Fauthorize%3F")
    assert query_of(back.location) == query_of(there)
    assert "Let this program act for you?" in (await stranger.get(back.location)).text


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_page_says_who_asks_for_what(doctor, program, slash):
    page = await doctor.get(address(program).replace("authorize", "authorize" + slash))

    assert page.status == 200
    assert "Tusky &lt;b&gt;" in page.html
    assert "tusky.example" in page.text
    assert "you are sent to client.example" in page.text
    assert "read everything that you may read" in page.text
    assert "change only: posts, pictures and files" in page.text
    assert "Dr Alice @alice@a.localhost:8001" in page.text


async def test_the_page_may_lead_to_the_program_and_nowhere_else(doctor, program):
    page = await doctor.get(address(program))
    own_scheme = await doctor.get(address(program, redirect_uri="com.example.app:/cb"))
    by_hand = await doctor.get(address(program, redirect_uri=OUT_OF_BAND))

    def targets(page):
        return page.headers["Content-Security-Policy"].partition("form-action ")[2].split(";")[0]

    assert targets(page) == "'self' https://client.example"
    assert targets(own_scheme) == "'self' com.example.app:"
    assert targets(by_hand) == "'self'"


async def test_yes_sends_a_code_to_the_program(doctor, alice, program, database):
    sent = await answer(doctor, program, "grant")

    assert sent.status == 303
    assert sent.location.startswith(CALLBACK + "?")
    said = query_of(sent.location)
    assert said["state"] == "a state & more"
    async with database.read() as session:
        code = (await session.scalars(select(OAuthCode))).one()
    assert code.scopes == "read write:statuses write:media"
    assert code.challenge == CHALLENGE


async def test_the_code_becomes_a_token(doctor, program, database):
    code = query_of((await answer(doctor, program, "grant")).location)["code"]
    async with database.transaction() as session:
        stored = await session.merge(program)
        # The secret is shown once, at registration: here another one is put in its place.
        from users.secret import digest

        stored.client_secret_hash = digest("known")

    issued = await issue(
        database,
        TokenRequest(
            grant_type="authorization_code",
            client_id=program.client_id,
            client_secret="known",
            redirect_uri=CALLBACK,
            code=code,
            code_verifier=VERIFIER,
        ),
    )

    assert issued.scopes == "read write:statuses write:media"


async def test_an_apps_own_scheme_is_answered(doctor, program):
    sent = await answer(doctor, program, "grant", redirect_uri="com.example.app:/cb")

    assert sent.location.startswith("com.example.app:/cb?code=")


async def test_no_sends_the_refusal_to_the_program(doctor, program, database):
    sent = await answer(doctor, program, "deny")

    assert sent.location.startswith(CALLBACK + "?")
    said = query_of(sent.location)
    assert (said["error"], said["state"]) == ("access_denied", "a state & more")
    assert await count_codes(database) == 0


async def test_out_of_band_the_code_is_shown(doctor, program, database):
    page = await answer(doctor, program, "grant", redirect_uri=OUT_OF_BAND)

    assert page.status == 200
    assert "Copy this code into Tusky &lt;b&gt;" in page.html
    assert 'id="code" value="' in page.html
    assert await count_codes(database) == 1


async def test_out_of_band_no_is_a_page(doctor, program, database):
    page = await answer(doctor, program, "deny", redirect_uri=OUT_OF_BAND)

    assert (page.status, page.location) == (200, None)
    assert "You refused." in page.text
    assert await count_codes(database) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": None},
        {"redirect_uri": CALLBACK + "/more"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": None},
        {"state": "x" * 2001},
    ],
)
async def test_I01_what_cannot_be_trusted_is_a_page_and_nobody_is_redirected(
    stranger, program, changes
):
    page = await stranger.get(address(program, **changes))

    assert (page.status, page.location) == (400, None)
    assert "The program was not allowed in" in page.text
    assert not re.search(r'(href|action)="(javascript|https://client)', page.html)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "admin:read"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
async def test_I01_what_is_asked_wrongly_is_a_page_with_a_way_back(
    stranger, program, changes, error
):
    page = await stranger.get(address(program, **changes))

    assert (page.status, page.location) == (400, None)
    assert f"{CALLBACK}?error={error}&amp;" in page.html
    assert "Back to client.example" in page.text


@pytest.mark.parametrize("token", [None, "", "x" * 43])
async def test_H20_nobody_consents_from_another_page(doctor, program, database, token):
    form = (await doctor.get(address(program))).forms["/oauth/authorize"]
    form = form | {"decision": "grant", "csrf_token": token or ""}

    page = await doctor.post("/oauth/authorize", form)

    assert (page.status, page.location) == (403, None)
    assert await count_codes(database) == 0


async def test_I01_the_form_is_checked_again(doctor, program, database):
    form = (await doctor.get(address(program))).forms["/oauth/authorize"]
    form = form | {"decision": "grant", "redirect_uri": "https://evil.example/"}

    page = await doctor.post("/oauth/authorize", form)

    assert (page.status, page.location) == (400, None)
    assert await count_codes(database) == 0


async def test_a_session_that_ended_meanwhile_signs_in_again(doctor, stranger, program):
    form = (await doctor.get(address(program))).forms["/oauth/authorize"]

    sent = await stranger.post("/oauth/authorize", form | {"decision": "grant"})

    assert sent.location.startswith("/auth/sign-in?next=%2Foauth%2Fauthorize%3F")
    assert "csrf" not in sent.location


async def test_anything_but_yes_is_no(doctor, program, database):
    await answer(doctor, program, "")

    assert await count_codes(database) == 0


async def test_I15_the_page_cannot_be_framed(doctor, program):
    page = await doctor.get(address(program))

    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


async def test_I15_what_was_granted_before_is_asked_again(doctor, program):
    await answer(doctor, program, "grant")

    same = await doctor.get(address(program))
    more = await doctor.get(address(program, scope="read write push"))
    silent = await doctor.get(address(program, prompt="none"))

    assert "Let this program act for you?" in same.text
    assert "send notifications to your device" in more.text
    assert (silent.status, silent.location) == (400, None)
    assert "error=interaction_required" in silent.html


@pytest.mark.parametrize(
    "forced", [{"force_login": "true"}, {"prompt": "login"}, {"prompt": "select_account"}]
)
async def test_a_program_may_ask_who_it_is_again(doctor, alice, carol, program, forced):
    sent = await doctor.get(address(program, **forced))
    page = await doctor.get(sent.location)
    form = page.forms["/auth/sign-in"] | {"name": "carol", "password": "a password long enough"}

    back = await doctor.post("/auth/sign-in", form)

    assert "again=1" in sent.location
    assert query_of(back.location) == query_of(address(program))
    assert "@carol@" in (await doctor.get(back.location)).text


@pytest.mark.parametrize("given", [{"force_login": "false"}, {"prompt": "consent"}])
async def test_who_is_signed_in_is_not_asked_without_need(doctor, program, given):
    assert (await doctor.get(address(program, **given))).status == 200


async def test_a_program_may_choose_the_language(doctor, stranger, alice, program):
    asked = address(program, lang="fr")
    sent = await stranger.get(asked)
    page = await doctor.get(asked)
    form = page.forms["/oauth/authorize?lang=fr"] | {"decision": "deny"}

    answered = await doctor.post("/oauth/authorize?lang=fr", form)

    assert "lang=fr" in sent.location
    assert '<html lang="fr">' in (await stranger.get(sent.location)).html
    assert '<html lang="fr">' in page.html
    assert query_of(answered.location)["error"] == "access_denied"


async def test_I14_the_name_of_a_program_is_shown_as_text(doctor, database, program):
    async with database.transaction() as session:
        stored = await session.merge(program)
        stored.name, stored.website = "<script>alert(1)</script>", None

    page = await doctor.get(address(program))

    assert "<script>" not in page.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.html


async def test_out_of_band_may_be_protected_by_a_challenge_too(doctor, program, database):
    await answer(doctor, program, "grant", redirect_uri=OUT_OF_BAND)

    async with database.read() as session:
        assert (await session.scalars(select(OAuthCode))).one().challenge == CHALLENGE


@pytest.mark.parametrize("website", ["https://[x", "https://℀.com/"])
async def test_a_website_that_cannot_be_read_does_not_break_the_page(
    doctor, program, database, website
):
    async with database.transaction() as session:
        (await session.get_one(OAuthApp, program.id)).website = website

    page = await doctor.get(address(program))

    assert page.status == 200
