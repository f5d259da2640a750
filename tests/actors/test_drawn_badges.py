"""Badges that strangers draw: in their names and in their fields; none is stored (WIRE §4)."""

from __future__ import annotations

import pytest

from actors.remote import resolve_actor


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dr Bob ✅", "Dr Bob"),
        ("Dr Bob 🩺 :verified:", "Dr Bob"),
        ("Bob · Médecin vérifié", "bob"),
        ("Bob, Vеrified physician", "bob"),
        ("<b>Dr Bob</b> &#x2714;&#xfe0f;", "Dr Bob"),
        ("Dr Bob √", "Dr Bob"),
        ("Dr. Bob (vérifié)", "bob"),
        ("Bob, cardiologue vérifié", "bob"),
        ("Bob, verified surgeon", "bob"),
        ("Bob, ᴠᴇʀɪꜰɪᴇᴅ ᴅᴏᴄᴛᴏʀ", "bob"),
        ("Bob, 🆅🅴🆁🅸🅵🅸🅴🅳 🅼🅳", "bob"),
        ("Bob, certified nerd", "Bob, certified nerd"),
        ("Dr Bob 🌻", "Dr Bob 🌻"),
    ],
)
async def test_a_badge_that_is_drawn_in_a_name_is_left_out_of_it(
    database, client, remote, name, shown
):
    bob = remote.person("bob", name=name)

    assert (await resolve_actor(database, client, bob.uri)).name == shown


async def test_fields_that_are_named_as_a_badge_is_are_dropped(database, client, remote):
    names = ("Médecin vérifié", "Verified midwife", "✓ CHU", "Interne en médecine  VERIFIE", "CHU")
    fields = [{"type": "PropertyValue", "name": name, "value": "x"} for name in names]
    bob = remote.person("bob", attachment=fields)

    actor = await resolve_actor(database, client, bob.uri)

    assert [field["name"] for field in actor.fields] == ["CHU"]
