"""The badge as Mastodon's clients show it: a verified field and a role, wherever an account is."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import update

from actors.models import Actor, Badge
from doctors import codes
from notifications.notify import notify_follow

_FILE = Path(codes.__file__).parent / "data" / "professions.csv"
PROFESSIONS = list(csv.DictReader(_FILE.open(encoding="utf-8", newline="")))


async def _works_as(database, actor, code):
    async with database.transaction() as session:
        values = {"profession": code, "is_doctor": code == "10"}
        await session.execute(update(Badge).where(Badge.actor_id == actor.id).values(**values))


def _badge(account):
    """Return what a client shows as verified, and the names of the roles."""
    verified = [one["name"] for one in account["fields"] if one["verified_at"]]
    return verified, [one["name"] for one in account["roles"]]


async def test_every_profession_has_its_own_words_as_a_field_and_as_a_role(
    house, database, alice, chloe
):
    shown = {}
    for row in PROFESSIONS:
        await _works_as(database, alice.actor, row["code"])
        account = await chloe.get(f"/api/v1/accounts/{alice.id}")
        shown[row["code"]] = (*_badge(account), account["roles"][0]["id"])

    assert shown == {
        row["code"]: (
            [row["badge_fr"]], [row["badge_fr"]], "1001" if row["code"] == "10" else "1002"
        )
        for row in PROFESSIONS
    }  # fmt: skip


async def test_who_only_declared_something_is_no_verified_doctor(database, alice, chloe):
    async with database.transaction() as session:
        values = {"assurance": "declared", "is_doctor": False}
        await session.execute(update(Badge).values(**values))

    account = await chloe.get(f"/api/v1/accounts/{alice.id}")

    assert "Médecin vérifié" not in str(account["fields"]) + str(account["roles"])
    assert account["roles"][0]["id"] == "1002"
    assert account["fields"][0] == {
        "name": "Profession déclarée",
        "value": account["fields"][0]["value"],
        "verified_at": None,
    }


async def test_somebody_of_elsewhere_has_theirs_and_no_other_verified_field(
    house, database, alice
):
    bob = await house.remote(doctor=True)
    async with database.transaction() as session:
        row = await session.get_one(Actor, bob.id)
        row.name = "Bobby"
        # A link that their own server may have verified: here that says nothing.
        row.fields = [{"name": "Site", "value": "x", "verified_at": "2026-01-01T00:00:00Z"}]

    account = await alice.get(f"/api/v1/accounts/{bob.id}")

    assert _badge(account) == (["Médecin vérifié"], ["Médecin vérifié"])
    assert account["fields"][0]["value"].endswith("vérifié sous le nom de Dr Bob")
    assert [one["verified_at"] is None for one in account["fields"]] == [False, True]


async def test_who_has_no_badge_has_neither_however_they_call_themselves(
    house, database, alice
):
    mallory = await house.remote("mallory")
    async with database.transaction() as session:
        row = await session.get_one(Actor, mallory.id)
        row.fields = [{"name": "Site", "value": "x", "verified_at": "2026-01-01T00:00:00Z"}]

    assert _badge(await alice.get(f"/api/v1/accounts/{mallory.id}")) == ([], [])


@pytest.mark.parametrize("where", ["status", "boost", "notification", "search"])
async def test_an_account_inside_something_else_has_it_too(house, database, alice, chloe, where):
    status = await alice.say()
    if where == "status":
        found = (await chloe.get(f"/api/v1/statuses/{status['id']}"))["account"]
    elif where == "boost":
        boost = await chloe.post(f"/api/v1/statuses/{status['id']}/reblog")
        assert boost["account"]["roles"] == []
        found = boost["reblog"]["account"]
    elif where == "notification":
        await alice.post(f"/api/v1/statuses/{(await chloe.say())['id']}/favourite")
        found = (await chloe.get("/api/v1/notifications"))[0]["account"]
    else:
        found = (await chloe.get("/api/v2/search", q="alice"))["accounts"][0]

    assert _badge(found) == (["Médecin vérifié"], ["Médecin vérifié"])
    assert found["fields"][0]["value"] == "Cardiologie et maladies vasculaires — CHU"


async def test_a_remote_author_in_a_notification_has_it_too(house, database, alice):
    bob = await house.remote(doctor=True)
    async with database.transaction() as session:
        await notify_follow(session, alice.actor.id, bob.id)

    (notice,) = await alice.get("/api/v1/notifications")

    assert _badge(notice["account"]) == (["Médecin vérifié"], ["Médecin vérifié"])
