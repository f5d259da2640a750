"""What somebody may say about themself, and what only a badge may."""

from __future__ import annotations

import pytest

from actors.models import Actor
from actors.profile import ActorChanges, change_profile, check_name
from core.errors import InvalidInput
from factories import make_local_actor


@pytest.fixture
async def alice(session) -> Actor:
    return await make_local_actor(session, "alice")


async def test_a_profile_is_changed(session, alice):
    changes = ActorChanges(
        name=" Dr Alice Martin ",
        summary="Cardiologie\nhttps://chu.example #ecg <b>",
        fields=(("Site", "https://chu.example"), ("", ""), ("Ville", "Lyon <3")),
        approves_followers=False,
        discoverable=False,
        indexable=True,
    )

    assert await change_profile(session, alice, changes)

    assert alice.name == "Dr Alice Martin"
    assert alice.summary_source == changes.summary
    assert alice.summary.startswith("<p>Cardiologie<br><a href=")
    assert "&lt;b&gt;" in alice.summary and "/tags/ecg" in alice.summary
    assert [row["name"] for row in alice.fields] == ["Site", "Ville"]
    assert alice.fields[0]["value"].startswith('<a href="https://chu.example"')
    assert 'rel="me nofollow noopener noreferrer"' in alice.fields[0]["value"]
    assert 'rel="me' not in alice.summary
    assert alice.fields[1]["source"] == "Lyon <3"
    flags = (alice.approves_followers, alice.discoverable, alice.indexable)
    assert flags == (False, False, True)


async def test_what_is_not_named_stays(session, alice):
    before = alice.model_dump()

    assert not await change_profile(session, alice, ActorChanges())
    assert not await change_profile(session, alice, ActorChanges(name=alice.name))

    assert alice.model_dump() == before


@pytest.mark.parametrize(
    "changes",
    [
        ActorChanges(name=""),
        ActorChanges(name=" \u200b "),
        ActorChanges(name="x" * 101),
        ActorChanges(summary="x" * 501),
        ActorChanges(fields=(("a", "b"),) * 5),
        ActorChanges(fields=(("", "value without a name"),)),
        ActorChanges(fields=(("x" * 256, "b"),)),
        ActorChanges(fields=(("a", "x" * 256),)),
        ActorChanges(name="Dr A\u202eB"),
        ActorChanges(name="Dr A\nB"),
    ],
)
async def test_what_is_too_long_or_empty_is_refused_and_nothing_is_written(
    session, alice, changes
):
    before = alice.model_dump()

    with pytest.raises(InvalidInput, match="Validation failed"):
        await change_profile(session, alice, changes)

    assert alice.model_dump() == before


@pytest.mark.parametrize(
    "label",
    ["Médecin vérifié", "MEDECIN VERIFIE", "médecin  vérifié :", "Mе́decin vérifié",
     "Verified doctor", "Veriﬁed Doctor", "✓ Hôpital", "Profession vérifiée"],
)  # fmt: skip
async def test_a_field_cannot_pass_for_a_badge(session, alice, label):
    with pytest.raises(InvalidInput):
        await change_profile(session, alice, ActorChanges(fields=((label, "Cardiologie"),)))

    assert alice.fields == []


@pytest.mark.parametrize(
    "name",
    ["Dr Martin ✓", "Dr Martin ✔️", "✅ Dr Martin", "Dr Martin ☑", "Dr Martin ⚕️", "🛡 Dr Martin",
     "Dr Martin (verified doctor)", "Martin, médecin vérifié"],
)  # fmt: skip
def test_a_name_cannot_be_dressed_as_verified(name):
    with pytest.raises(InvalidInput):
        check_name(name)


@pytest.mark.parametrize(
    "name",
    ["Dr A. Martin", "Élodie d'Ornano-Çelik", "محمد", "李雷", "Dr Nguyễn Văn", "Pr. O’Neil 🙂"],
)
def test_honest_names_are_accepted(name):
    check_name(name)
