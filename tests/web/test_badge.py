"""Where one stands on the way to the badge, what others offer, and the badge for everybody."""

from __future__ import annotations

import pytest
import pytest_asyncio

import factories
from actors.models import Actor
from authorities import Order
from claiming import verifier
from core.settings import PublicPages
from doctors.credentials import check_actor
from doctors.deciding import grant, refuse
from doctors.models import Assurance
from doctors.offers import save_offer
from register_files import NUMBER

BADGE, CLAIM = "/settings/badge", "/settings/badge/claim"


@pytest_asyncio.fixture
async def nina(database, carol):
    """Carol by the name that the register has."""
    async with database.transaction() as session:
        (await session.get_one(Actor, carol.id)).name = "Dr Alice Martin"
    return carol


async def test_a_stranger_signs_in_first(stranger):
    for path in (BADGE, CLAIM):
        assert (await stranger.get(path)).location.startswith("/auth/sign-in?next=")


async def test_who_has_no_badge_is_told_the_steps_and_finds_them_from_everywhere(reader, carol):
    page = await reader.get(BADGE)

    for words in ("Say who you are", "Show it", "A verifier decides", "The badge"):
        assert words in page.text
    assert 'href="/settings/badge/claim"' in page.html
    for path in ("/settings", "/me", "/@carol"):
        assert f'href="{BADGE}"' in (await reader.get(path)).html, path


async def test_with_a_badge_it_says_who_vouches_for_what_until_when_and_by_which_source(
    reader, claimed, database
):
    claim = await claimed()
    async with database.transaction() as session:
        decider = await verifier(session)
        await grant(session, claim.id, decided_by=decider, reason="Known to us.",
                    assurance=Assurance.REGISTER_MATCH)  # fmt: skip

    page = await reader.get(BADGE)

    for words in ("Verified doctor", "Who vouches", "Alice Martin", "Cardiology",
                  f"FR-RPPS {NUMBER}", "RPPS — Agence du Numérique en Santé", "renewed by itself",
                  "Credentials (1)", "/credentials/", "Known to us."):  # fmt: skip
        assert words in page.text, words
    assert CLAIM not in page.html


async def test_who_is_flagged_reads_why_and_may_ask_anew(reader, claimed, database):
    claim = await claimed()
    async with database.transaction() as session:
        decided = await grant(session, claim.id, decided_by=await verifier(session),
                              reason="Known.", assurance=Assurance.REGISTER_MATCH)  # fmt: skip
        decided.verification.flagged_at = decided.verification.decided_at
        decided.verification.flag_reason = "left-register"

    page = await reader.get(BADGE)

    assert "The register does not have this number any more." in page.text
    assert f'href="{CLAIM}"' in page.html


async def test_a_refusal_is_read_with_its_reason(reader, claimed, database):
    claim = await claimed()
    async with database.transaction() as session:
        decider = await verifier(session)
        await refuse(session, claim.id, decided_by=decider, reason="The card <b> is another's.")

    page = await reader.get(BADGE)

    assert "Earlier requests (1)" in page.text
    assert "The card &lt;b&gt; is another" in page.html
    assert f'href="{CLAIM}"' in page.html


# What others vouch for


@pytest_asyncio.fixture
async def offered(database, client, remote, register, carol):
    """An authority's offer to Carol, judged; its number here."""
    order = Order(database, remote)
    await order.is_listed("FR-RPPS")
    uri = order.vouches_for(carol.uri)
    async with database.transaction() as session:
        offer = await save_offer(
            session, carol, uri=f"{uri}#offer", issuer_uri=order.instance.uri, credential_uri=uri
        )
    await check_actor(database, client, carol.id)
    return offer.id


async def test_an_offer_is_accepted_and_given_up(reader, offered, rows):
    page = await reader.get(BADGE)
    assert "offers to vouch for you" in page.text
    path = f"{BADGE}/offers/{offered}"
    assert (await reader.post(f"{path}/accept", {"csrf_token": "x"})).status == 403

    sent = await reader.post(f"{path}/accept", page.forms[f"{path}/accept"])

    assert sent.location == f"{BADGE}?done=accepted"
    page = await reader.get(BADGE)
    assert "Verified doctor" in page.text and "vouches for you" in page.text
    sent = await reader.post(f"{path}/decline", page.forms[f"{path}/decline"])
    assert sent.location == f"{BADGE}?done=declined"
    assert "Four steps to the badge" in (await reader.get(BADGE)).text


async def test_an_offer_to_somebody_else_is_not_answered(reader, doctor, offered):
    token = (await doctor.get(BADGE)).forms["#act"]["csrf_token"]
    for answer in ("accept", "decline"):
        path = f"{BADGE}/offers/{offered}/{answer}"
        assert (await doctor.post(path, {"csrf_token": token})).status == 404


# The badge everywhere


async def test_a_badge_has_a_page_of_its_own(stranger, alice):
    page = await stranger.get("/@alice/badge")

    for words in ("Who vouches", "For what", "Cardiology", "Since", "Until", "Last confirmed",
                  "French register of health professionals", "What a badge means"):  # fmt: skip
        assert words in page.text, words
    assert 'href="/@alice/badge"' in (await stranger.get("/@alice")).html


async def test_one_of_elsewhere_has_it_too(reader, stranger, database):
    async with database.transaction() as session:
        await factories.make_remote_actor(session, "bob", doctor=True)
    path = "/@bob@b.localhost:8002/badge"

    page = await reader.get(path)

    assert page.status == 200
    assert "http://b.localhost:8002/credentials/" in page.text
    assert (await stranger.get(path)).location.startswith("/auth/sign-in")


async def test_without_a_badge_it_says_that_nobody_vouches(stranger, reader, carol):
    page = await stranger.get("/@carol/badge")

    assert "Nobody vouches for this account now." in page.text
    assert BADGE not in page.html
    assert f'href="{BADGE}"' in (await reader.get("/@carol/badge")).html
    assert (await stranger.get("/@nobody/badge")).status == 404


class TestWhereStrangersAreShownNothing:
    @pytest.fixture
    def shown(self):
        return PublicPages.OFF

    async def test_a_badge_is_for_who_is_signed_in(self, stranger, alice):
        assert (await stranger.get("/@alice/badge")).location.startswith("/auth/sign-in")
