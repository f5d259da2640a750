"""Profile, privacy, appearance, notices: changed by forms, kept, and told to who must know."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

import factories
from actors.follows import save_follow
from actors.models import Actor
from notifications.models import Kind, PushSubscription
from notifications.policy import find_policy
from outbox.models import OutboxActivity
from users.models import User, WebSession
from users.queries import find_user_by_username

PAGES = ["/settings/profile", "/settings/privacy", "/settings/notifications",
         "/settings/appearance", "/filters"]  # fmt: skip


async def user_of(database, name="alice"):
    async with database.read() as session:
        return await find_user_by_username(session, name)


async def actor_of(database, actor):
    async with database.read() as session:
        return await session.get_one(Actor, actor.id)


@pytest.mark.parametrize("path", PAGES)
async def test_H20_each_section_is_for_its_member_alone(stranger, doctor, path):
    assert (await stranger.get(path)).location.startswith("/auth/sign-in")
    assert (await stranger.post(path, {})).location.startswith("/auth/sign-in")
    assert (await doctor.get(path)).status == 200
    assert (await doctor.post(path, {"csrf_token": "x" * 112})).status == 403


async def test_what_one_says_of_oneself_is_changed_and_told(doctor, database, alice):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session, "bob", host="b.localhost:8002")
        await factories.make_peer(session, "b.localhost:8002")
        me = await session.get_one(Actor, alice.id)
        await save_follow(session, bob, me, uri="http://b.localhost:8002/1", accepted=True)
    page = await doctor.get("/settings/profile")
    form = page.forms["/settings/profile"] | {
        "name": "Dr Alice Martin",
        "note": "QT long <b>",
        "line-0-name": "Site",
        "line-0-value": "https://rythmo.example",
    }
    form.pop("show_media")

    answer = await doctor.post("/settings/profile", form)

    kept = await actor_of(database, alice)
    assert answer.location == "/settings/profile?saved=1"
    assert "Saved." in (await doctor.get(answer.location)).text
    assert (kept.name, kept.summary_source) == ("Dr Alice Martin", "QT long <b>")
    assert kept.fields[0]["source"] == "https://rythmo.example"
    assert kept.shows["media"] is False and kept.shows["media_replies"] is True
    assert "show=media" not in (await doctor.get("/@alice")).html
    async with database.read() as session:
        kinds = set(await session.scalars(select(OutboxActivity.type)))
    assert "Update" in kinds


@pytest.mark.parametrize(
    "wrong", [{"name": "x" * 101}, {"note": "x" * 501}, {"line-1-value": "x" * 256}]
)
async def test_what_is_too_long_is_said_and_kept(doctor, database, alice, wrong):
    form = (await doctor.get("/settings/profile")).forms["/settings/profile"] | wrong

    page = await doctor.post("/settings/profile", form)

    assert page.status == 422
    assert "Nothing was saved" in page.text
    assert wrong.items() <= page.forms["/settings/profile"].items()
    assert (await actor_of(database, alice)).name == "Dr Alice"


async def test_who_reads_one_is_chosen(doctor, database, alice):
    form = (await doctor.get("/settings/privacy")).forms["/settings/privacy"]

    await doctor.post(
        "/settings/privacy",
        form
        | {"default_audience": "local", "private_means": "mentioned", "hides_network": "yes",
           "approves_followers": "yes", "default_quote_policy": "nobody"},
    )  # fmt: skip

    user, actor = await user_of(database), await actor_of(database, alice)
    assert (user.default_audience, user.private_means) == ("local", "mentioned")
    assert user.default_quote_policy == "nobody"
    assert actor.hides_network and actor.approves_followers
    again = (await doctor.get("/settings/privacy")).forms["/settings/privacy"]
    assert again["default_audience"] == "local"


@pytest.mark.parametrize("name", ["default_audience", "private_means"])
@pytest.mark.parametrize("word", ["doctors", "direct", "nobody"])
async def test_nobody_chooses_an_audience_that_is_not_theirs(reader, database, name, word):
    form = (await reader.get("/settings/privacy")).forms["/settings/privacy"]

    page = await reader.post("/settings/privacy", form | {name: word})

    assert page.status == 422
    assert getattr(await user_of(database, "carol"), name) is None


async def test_how_pages_look_is_kept_with_the_account(doctor, database):
    form = (await doctor.get("/settings/appearance")).forms["/settings/appearance"]
    wanted = {"locale": "fr", "theme": "dark", "contrast": "more", "text": "larger",
              "motion": "still", "time_zone": "Europe/Paris", "autoplay": "yes"}  # fmt: skip

    answer = await doctor.post("/settings/appearance", form | wanted)

    page = await doctor.get("/me")
    assert answer.status == 303
    for part in ('lang="fr"', 'data-theme="dark"', 'data-contrast="more"', 'data-text="larger"',
                 'data-motion="still"'):  # fmt: skip
        assert part in page.html
    user = await user_of(database)
    assert user.locale == "fr"
    assert user.preferences["autoplay"] is True
    assert user.preferences["time_zone"] == "Europe/Paris"


@pytest.mark.parametrize(
    "wrong",
    [{"theme": '"><b>'}, {"locale": "xx"}, {"time_zone": "Mars/Olympus"},
     {"default_language": "not a language"}],
)  # fmt: skip
async def test_a_choice_that_is_not_offered_changes_nothing(doctor, database, wrong):
    before = await user_of(database)
    form = (await doctor.get("/settings/appearance")).forms["/settings/appearance"]

    page = await doctor.post("/settings/appearance", form | {"theme": "dark"} | wrong)

    after = await user_of(database)
    assert page.status == 422
    assert (after.preferences, after.locale) == (before.preferences, before.locale)


async def test_who_waits_is_chosen(doctor, database, alice):
    form = (await doctor.get("/settings/notifications")).forms["/settings/notifications"]

    await doctor.post("/settings/notifications", form | {"for_not_following": "filter"})
    refused = await doctor.post("/settings/notifications", form | {"for_new_accounts": "burn"})

    async with database.read() as session:
        policy = await find_policy(session, alice.id)
    assert policy.for_not_following == "filter"
    assert refused.status == 422
    assert policy.for_new_accounts == "accept"


class TestPush:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"push_hosts": ("push.localhost:9",)})

    @pytest.fixture
    def address(self):
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        written = [base64.urlsafe_b64encode(one).decode() for one in (point, b"0" * 16)]
        return {"endpoint": "http://push.localhost:9/1", "p256dh": written[0], "auth": written[1]}

    async def subscription(self, database):
        async with database.read() as session:
            return await session.scalar(select(PushSubscription))

    async def test_a_browser_is_woken_for_what_was_chosen(self, doctor, database, address):
        form = (await doctor.get("/settings/notifications")).forms["/settings/push"]
        assert (await doctor.post("/settings/push", form | address)).status == 303
        first = await self.subscription(database)
        form = (await doctor.get("/settings/notifications")).forms["/settings/push"]

        chosen = {"csrf_token": form["csrf_token"], "alerts": "chosen", "alert-follow": "yes",
                  "policy": "followed"}  # fmt: skip
        await doctor.post("/settings/push", chosen)

        changed = await self.subscription(database)
        assert first.alerts[Kind.MENTION] and not first.alerts[Kind.FOLLOW]
        assert changed.alerts[Kind.FOLLOW] and not changed.alerts[Kind.MENTION]
        assert (changed.policy, changed.is_standard) == ("followed", True)
        async with database.read() as session:
            assert changed.token_id == await session.scalar(select(WebSession.token_id))
        await doctor.post("/settings/push", form | {"act": "end"})
        assert await self.subscription(database) is None

    @pytest.mark.parametrize(
        "wrong", [{"endpoint": "https://evil.example/1"}, {"p256dh": "x"}, {"policy": "burn"}]
    )
    async def test_what_is_no_address_of_a_browser_is_refused(
        self, doctor, database, address, wrong
    ):
        form = (await doctor.get("/settings/notifications")).forms["/settings/push"]

        page = await doctor.post("/settings/push", form | address | wrong)

        assert page.status == 422
        assert await self.subscription(database) is None

    async def test_nothing_is_changed_of_a_browser_that_is_not_woken(self, doctor):
        form = (await doctor.get("/settings/notifications")).forms["/settings/push"]

        assert (await doctor.post("/settings/push", form)).status == 404


def test_a_user_has_the_preferences_that_are_offered():
    from users.preferences import change_preferences

    user = User(actor_id=1, email="", email_key="", password_hash="")
    change_preferences(user, {"theme": "light", "expand_media": "hide_all"})

    assert user.preferences == {"theme": "light", "expand_media": "hide_all"}
