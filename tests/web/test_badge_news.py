"""What was decided about one's badge is told inside, until it was read."""

from __future__ import annotations

import pytest
import pytest_asyncio

from actors.models import Actor
from authorities import Order
from claiming import verifier
from doctors.credentials import check_actor
from doctors.deciding import grant, refuse
from doctors.models import Assurance
from doctors.offers import save_offer
from doctors.verification import withdraw

BADGE, NOTICES = "/settings/badge", "/notifications"
GRANTED = "Your badge was granted."


@pytest_asyncio.fixture
async def nina(database, carol):
    """Carol by the name that the register has."""
    async with database.transaction() as session:
        (await session.get_one(Actor, carol.id)).name = "Dr Alice Martin"
    return carol


@pytest.fixture
def decided(database, claim_for, nina):
    """Let a verifier decide about what Nina claims."""

    async def make(decide, reason="Seen with the card.", **values):
        claim = await claim_for(nina)
        async with database.transaction() as session:
            vera = await verifier(session, f"vera{claim.id}")
            await decide(session, claim.id, decided_by=vera, reason=reason, **values)

    return make


@pytest.fixture
def granted(decided):
    async def make():
        await decided(grant, assurance=Assurance.REGISTER_MATCH)

    return make


@pytest.mark.parametrize("path", ["/", NOTICES])
async def test_a_badge_that_was_granted_is_told_until_it_was_seen(reader, granted, path):
    assert GRANTED not in (await reader.get(path)).text
    await granted()

    for _ in range(2):
        page = await reader.get(path)
        assert GRANTED in page.text
        assert 'class="waiting" href="/settings/badge"' in page.html
    await reader.get(BADGE)

    assert GRANTED not in (await reader.get(path)).text


@pytest.mark.parametrize("path", ["/", NOTICES])
async def test_a_refusal_is_told_with_its_reason(reader, decided, path):
    await decided(refuse, reason="The card <b> is another person’s.")

    page = await reader.get(path)

    assert "Your request for a badge was refused: The card" in page.text
    assert "<b> is" not in page.html
    await reader.get(BADGE)
    assert "was refused" not in (await reader.get(path)).text


async def test_a_second_decision_is_news_again(reader, decided, granted, database):
    await decided(refuse)
    await reader.get(BADGE)

    await granted()

    page = await reader.get("/")
    assert GRANTED in page.text
    assert "was refused" not in page.text


async def test_a_badge_that_was_withdrawn_is_told_instead_of_what_was_granted(
    reader, granted, nina, database
):
    await granted()
    async with database.transaction() as session:
        actor = await session.get_one(Actor, nina.id)
        await withdraw(session, actor, decided_by="@vera", reason="The number is a colleague’s.")

    page = await reader.get("/")

    assert "Your badge was withdrawn: The number is a colleague’s." in page.text
    assert GRANTED not in page.text
    assert "withdrawn on" in (await reader.get(BADGE)).text
    assert "was withdrawn" not in (await reader.get("/")).text
    assert "The number is a colleague’s." in (await reader.get(BADGE)).text


async def test_others_read_nothing_of_it(doctor, granted):
    await granted()

    for path in ("/", NOTICES):
        assert GRANTED not in (await doctor.get(path)).text


async def test_only_the_top_of_a_timeline_tells_it(reader, granted):
    await granted()

    for path in ("/?max_id=9", f"{NOTICES}?max_id=9", f"{NOTICES}?show=mentions"):
        assert GRANTED not in (await reader.get(path)).text


@pytest.fixture
def offer(database, register, remote, carol):
    """An authority offers to vouch for Carol; nothing of it is judged yet."""

    async def make():
        order = Order(database, remote)
        await order.is_listed("FR-RPPS")
        uri = order.vouches_for(carol.uri)
        async with database.transaction() as session:
            await save_offer(session, carol, uri=f"{uri}#offer",
                             issuer_uri=order.instance.uri, credential_uri=uri)  # fmt: skip

    return make


async def test_an_offer_is_told_when_it_holds_until_it_was_seen(
    reader, offer, database, client, carol
):
    await offer()
    assert "offers to vouch" not in (await reader.get("/")).text
    # Looking too early is not having seen it.
    await reader.get(BADGE)

    await check_actor(database, client, carol.id)

    for path in ("/", NOTICES):
        assert "offers to vouch for you." in (await reader.get(path)).text
    await reader.get(BADGE)
    assert "offers to vouch" not in (await reader.get("/")).text
