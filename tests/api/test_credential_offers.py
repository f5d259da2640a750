"""What authorities offer, as a client program lists, accepts and declines it."""

from __future__ import annotations

import pytest
import pytest_asyncio

from authorities import Order
from doctors.credentials import check_actor
from doctors.offers import save_offer

PATH = "/api/consilium/v1/credential-offers"


@pytest_asyncio.fixture
async def order(database, remote) -> Order:
    made = Order(database, remote)
    await made.is_listed("FR-RPPS")
    return made


@pytest.fixture
def offer(database, client, order):
    """`await offer(chloe)`: something offered to them, judged."""

    async def make(program, *, index: int = 7, **changes) -> str:
        uri = order.vouches_for(program.actor.uri, index=index, **changes)
        async with database.transaction() as session:
            saved = await save_offer(
                session, program.actor, uri=f"{uri}#offer", issuer_uri=order.instance.uri,
                credential_uri=uri,
            )  # fmt: skip
        await check_actor(database, client, program.actor.id)
        return str(saved.id)

    return make


async def test_an_offer_is_listed_with_all_that_it_says(chloe, order, offer):
    offer_id = await offer(chloe)

    (shown,) = await chloe.get(PATH)

    assert (shown["id"], shown["state"], shown["answered_at"]) == (offer_id, "open", None)
    assert shown["issuer"]["uri"] == order.instance.uri
    credential = shown["credential"]
    assert credential["uri"] == f"{order.remote.base_url}/credentials/7"
    assert (credential["name"], credential["register"]) == ("B. Durand", "FR-RPPS")
    assert credential["profession"]["code"] == "10"
    assert credential["specialities"][0]["code"] == "SM04"
    assert credential["specialities"][0]["label"] != "SM04"
    assert credential["assurance"] == "register-match"


async def test_accepted_it_is_the_accounts_badge_in_every_client(chloe, offer):
    offer_id = await offer(chloe)
    before = await chloe.get(f"/api/v1/accounts/{chloe.id}")

    answered = await chloe.post(f"{PATH}/{offer_id}/accept")

    account = await chloe.get(f"/api/v1/accounts/{chloe.id}")
    assert (before["roles"], answered["state"]) == ([], "accepted")
    assert answered["answered_at"] is not None
    assert account["roles"]
    assert account["fields"][0]["verified_at"] is not None
    assert [one["state"] for one in await chloe.get(PATH)] == ["accepted"]


async def test_declined_it_is_gone(chloe, offer):
    offer_id = await offer(chloe)

    answered = await chloe.post(f"{PATH}/{offer_id}/decline")

    assert answered["state"] == "declined"
    assert await chloe.get(PATH) == []
    assert (await chloe.ask("POST", f"{PATH}/{offer_id}/accept")).status == 404


async def test_what_was_accepted_is_given_up_by_declining_it(chloe, offer):
    offer_id = await offer(chloe)
    await chloe.post(f"{PATH}/{offer_id}/accept")

    await chloe.post(f"{PATH}/{offer_id}/decline")

    assert (await chloe.get(f"/api/v1/accounts/{chloe.id}"))["roles"] == []


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_anothers_offer_and_one_that_does_not_hold_are_not_there(
    chloe, bruno, offer, verb
):
    offer_id = await offer(chloe)
    refused = await offer(chloe, index=8, assurance="declared")

    for program, asked in ((bruno, offer_id), (chloe, refused), (chloe, "1"), (chloe, "x")):
        reply = await program.ask("POST", f"{PATH}/{asked}/{verb}")
        assert (reply.status, reply.error) == (404, "Record not found")
    assert [one["id"] for one in await chloe.get(PATH)] == [offer_id]
