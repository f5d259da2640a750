"""Posts that others pass on whole: believed for their owner's proof, else asked for at home."""

from __future__ import annotations

from fakes.actor import PUBLIC


def _passed_on(actor, note) -> dict:
    return actor.activity("Announce", note, to=[PUBLIC], cc=[actor.followers])


async def test_B30_a_post_with_its_owners_proof_is_not_fetched(
    house, elsewhere, alice, bob, victim
):
    await house.follows(alice, await house.known(bob))
    note = victim.note("<p>proven</p>")
    elsewhere.remove(note["id"])

    await house.take(bob, _passed_on(bob, victim.prove(note)))

    assert (await house.post_at(note["id"])).content == "<p>proven</p>"
    assert len(await house.home(alice)) == 1


async def test_B30_a_post_whose_proof_is_not_its_owners_is_fetched(
    house, elsewhere, alice, bob, victim
):
    await house.follows(alice, await house.known(bob))
    neighbour = elsewhere.person("neighbour")
    for forger in (bob, neighbour):
        await house.known(forger)
        note = victim.note("<p>true</p>")

        await house.take(bob, _passed_on(bob, forger.prove({**note, "content": "<p>forged</p>"})))

        assert (await house.post_at(note["id"])).content == "<p>true</p>"


async def test_B31_a_proof_does_not_make_a_private_post_public(
    house, elsewhere, alice, bob, victim
):
    await house.follows(alice, await house.known(bob))
    note = victim.note(to=[victim.followers], cc=[])
    elsewhere.remove(note["id"])

    async with house.nothing_changes():
        await house.take(bob, _passed_on(bob, victim.prove(note)))
