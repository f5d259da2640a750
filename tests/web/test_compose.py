"""The composer: what it offers, what it publishes, what it keeps when it cannot."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import factories
from actors.blocks import save_block
from actors.models import Actor
from core.clock import now
from filling import Pairs, filled
from posts.locks import lock_post
from posts.models import Mention, Poll, PollOption, Post, ScheduledPost
from users.models import User


async def send(browser, form, *, path="/compose", **headers):
    """Send the composer's form, as the browser does: in parts."""
    return await browser.post(path, form, files={}, **headers)


async def publish(browser, text="Bonjour", *more, path="/compose", **fields):
    page = await browser.get(path)
    return await send(browser, filled(page, *more, text=text, **fields))


async def change_user(database, actor, **values):
    async with database.transaction() as session:
        user = await session.scalar(select(User).where(User.actor_id == actor.id))
        for name, value in values.items():
            setattr(user, name, value)


# Opening it


@pytest.mark.parametrize("path", ["/compose", "/compose/reach", "/compose/complete?q=@a"])
async def test_a_stranger_is_asked_to_sign_in(stranger, path):
    page = await stranger.get(path)

    assert page.status == 303
    assert page.location.startswith("/auth/sign-in?next=%2Fcompose")


async def test_a_strangers_post_is_not_taken(stranger):
    assert (await stranger.post("/compose", {"text": "x"})).location.startswith("/auth/sign-in")


async def test_H20_a_form_of_another_page_publishes_nothing(doctor, written):
    page = await doctor.post("/compose", {"text": "x", "csrf_token": "x" * 112})

    assert page.status == 403
    assert await written() == []


async def test_the_composer_begins_as_its_person_has_set(doctor, database, alice):
    await change_user(
        database, alice, default_language="fr", default_sensitive=True,
        default_quote_policy="nobody", default_audience="unlisted",
    )  # fmt: skip

    form = (await doctor.get("/compose")).forms["/compose"]

    chosen = {name: form[name] for name in ("audience", "language", "quote_policy", "sensitive")}
    assert chosen == {
        "audience": "unlisted", "language": "fr", "quote_policy": "nobody", "sensitive": "yes"
    }  # fmt: skip


async def test_a_doctor_writes_to_doctors_at_first_and_another_member_to_followers(doctor, reader):
    assert (await doctor.get("/compose")).forms["/compose"]["audience"] == "doctors"
    plain = await reader.get("/compose")
    assert plain.forms["/compose"]["audience"] == "followers"
    assert 'value="doctors"' not in plain.html


async def test_what_another_program_shares_is_in_the_composer(doctor):
    page = await doctor.get("/compose?title=QT&text=See+this&url=https%3A%2F%2Fx.example%2F1")

    assert page.forms["/compose"]["text"] == "QT\nSee this\nhttps://x.example/1"
    assert "data-restores" not in page.html


async def test_a_message_is_begun_for_whom_it_is_to(doctor, carol):
    form = (await doctor.get("/compose?to=%40carol")).forms["/compose"]

    assert (form["text"], form["audience"]) == ("@carol ", "mentioned")


async def test_an_answer_shows_what_it_answers_and_offers_what_that_allows(
    doctor, reader, carol, alice, say
):
    asked = await say(alice, "<p>Qui a ce traceur ?</p>", "doctors", clinical=True)

    page = await doctor.get(f"/compose?answer={asked.id}")

    assert re.search("You answer: .*Dr Alice", page.text)
    assert "Qui a ce traceur ?" in page.text
    assert set(re.findall(r'id="audience-(\w+)"', page.html)) == {"doctors", "mentioned"}
    assert "Fewer to choose from" in page.text
    assert "Clinical: it goes only to instances" in page.text
    assert (await reader.get(f"/compose?answer={asked.id}")).status == 404


async def test_what_one_may_not_quote_is_not_there(reader, doctor, alice, say):
    own = await say(alice, quote_policy="nobody")

    assert (await reader.get(f"/compose?quote={own.id}")).status == 404
    page = await doctor.get(f"/compose?quote={own.id}")
    assert re.search("You quote: .*Dr Alice", page.text)


async def test_the_answer_to_a_message_names_all_who_take_part(
    doctor, reader, carol, alice, say, database, written
):
    async with database.transaction() as session:
        dora = await factories.make_local_actor(session, "dora")
    asked = await say(carol, "<p>Un avis ?</p>", "mentioned")
    async with database.transaction() as session:
        session.add_all(Mention(post_id=asked.id, actor_id=one.id) for one in (alice, dora))

    page = await doctor.get(f"/compose?answer={asked.id}")
    sent = await send(doctor, filled(page, text="Oui.", short="yes", audience="mentioned"))

    assert page.forms["/compose"]["text"] == f"@{dora.handle} "
    assert sent.status == 303
    assert (await written())[0].source_text == f"@{dora.handle} Oui."


async def test_a_closed_conversation_says_so_at_once(doctor, carol, say, database):
    asked = await say(carol)
    async with database.transaction() as session:
        await lock_post(session, await session.get_one(Post, asked.id))

    page = await doctor.get(f"/compose?answer={asked.id}")

    assert "This conversation is closed" in page.text


async def test_the_link_to_edit_leads_to_the_posts_own_page(doctor, alice, carol, say):
    own, others = await say(alice), await say(carol)

    assert (await doctor.get(f"/compose?edit={own.id}")).location == f"/@alice/{own.id}/edit"
    assert (await doctor.get(f"/compose?edit={others.id}")).status == 404


# Publishing


async def test_a_post_is_published_as_it_was_typed(doctor, alice, written):
    sent = await publish(
        doctor, "QTc 510 ? #rythmo", audience="public", warning="Tracé", language="fr",
        quote_policy="nobody",
    )  # fmt: skip

    (post,) = await written()
    assert (sent.status, sent.location) == (303, f"/@alice/{post.id}")
    said = (post.source_text, post.visibility, post.content_warning, post.language)
    assert said == ("QTc 510 ? #rythmo", "public", "Tracé", "fr")
    assert (post.author_id, post.quote_policy, post.sensitive) == (alice.id, "nobody", True)


async def test_our_script_is_told_where_the_post_is(doctor, written):
    page = await doctor.get("/compose")
    sent = await send(doctor, filled(page, text="x"), Consilium_Part="1")

    (post,) = await written()
    assert sent.status == 200
    assert f'data-go="/@alice/{post.id}"' in sent.html
    assert "<html" not in sent.html


async def test_an_answer_and_a_quote_are_published_as_such(doctor, carol, say, written):
    asked, shown = await say(carol), await say(carol, "<p>B</p>", quote_policy="public")

    await publish(doctor, "Oui", path=f"/compose?answer={asked.id}", audience="public")
    await publish(doctor, "Voyez", path=f"/compose?quote={shown.id}", audience="public")

    quoting, answer, *_ = await written()
    assert answer.in_reply_to_id == asked.id
    assert quoting.quote_of_id == shown.id


async def test_H10_the_same_form_twice_publishes_once(doctor, written):
    form = filled(await doctor.get("/compose"), text="Une fois")
    first = await send(doctor, form)
    second = await send(doctor, form)
    third = await send(doctor, filled(await doctor.get("/compose"), text="Encore"))

    assert first.location == second.location != third.location
    assert len(await written()) == 2


async def test_a_poll_is_published(doctor, rows):
    sent = await publish(
        doctor, "Quel bilan ?", ("choice", "IRM"), ("choice", "Scanner"), ("choice", ""),
        ("choice", ""), lasts="3600", multiple="yes", **{"hidden-totals": "yes"},
    )  # fmt: skip

    (poll,) = await rows(Poll)
    assert sent.status == 303
    assert (poll.is_multiple, poll.hides_totals) == (True, True)
    assert timedelta(minutes=50) < poll.ends_at - now() <= timedelta(hours=1)
    assert [option.title for option in await rows(PollOption)] == ["IRM", "Scanner"]


async def test_a_post_for_later_waits_in_the_readers_own_time(doctor, database, alice, rows):
    await change_user(database, alice, preferences={"time_zone": "Asia/Tokyo"})
    due = (now() + timedelta(days=2)).astimezone(ZoneInfo("Asia/Tokyo")).replace(
        second=0, microsecond=0
    )  # fmt: skip

    page = await doctor.get("/compose")
    form = filled(page, text="Demain", due=due.strftime("%Y-%m-%dT%H:%M"))
    first, second = [await send(doctor, form) for _ in range(2)]

    (waiting,) = await rows(ScheduledPost)
    assert "time of Asia/Tokyo" in page.text
    assert (first.location, second.location) == ("/scheduled", "/scheduled")
    assert abs(waiting.due_at - due) < timedelta(seconds=1)
    assert await rows(Post) == []


async def test_a_zone_that_the_system_has_no_more_is_that_of_the_house(doctor, database, alice):
    await change_user(database, alice, preferences={"time_zone": "Mars/Olympus"})

    page = await doctor.get("/compose")

    assert page.status == 200
    assert "time of UTC" in page.text


# What cannot be published is kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"text": "x" * 5001}, "It is too long: 5000 characters at most"),
        ({"text": "x", "audience": "everyone"}, "Choose who may read it"),
        ({"text": "x", "due": "soon"}, "This is no moment"),
        ({"text": "x", "due": "2020-01-01T10:00"}, "The moment is too near"),
        ({"text": "x", "choice": "only one"}, "A poll has two choices at least"),
        ({"text": "x", "quote_policy": "x"}, "Choose who may quote it"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "typed",
)
async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(doctor, written, typed, said):
    page = await doctor.get("/compose")
    before = page.forms["/compose"]

    refused = await send(doctor, filled(page, warning="Gardé", **typed))

    after = refused.forms["/compose"]
    assert refused.status == 422
    assert said in refused.text
    assert "all that you wrote is here" in refused.text
    assert (after["text"], after["warning"]) == (typed["text"], "Gardé")
    assert after["key"] == before["key"]
    assert await written() == []


async def test_nothing_is_not_published(doctor, written):
    refused = await publish(doctor, " ")

    assert refused.status == 422
    assert "There is nothing in it yet" in refused.text
    assert await written() == []


async def test_all_that_was_typed_is_there_again(doctor):
    page = await doctor.get("/compose")
    form = filled(
        page, ("choice", "Un"), ("choice", "Deux"), ("choice", "Deux"), ("choice", "<b>"),
        text="</textarea><script>x</script>", warning="W", audience="local", language="de",
        lasts="604800", multiple="yes", sensitive="yes", due="2020-01-01T10:00",
        quote_policy="nobody",
    )  # fmt: skip

    again = await send(doctor, form)

    after = again.forms["/compose"]
    kept = ("text", "warning", "audience", "language", "lasts", "multiple", "sensitive", "due",
            "quote_policy")  # fmt: skip
    assert {name: after[name] for name in kept} == {name: form[name] for name in kept}
    assert re.findall(r'name="choice" value="([^"]*)"', again.html) == [
        "Un", "Deux", "Deux", "&lt;b&gt;"
    ]  # fmt: skip
    assert "<script>x" not in again.html


async def test_our_script_is_given_the_form_alone_when_something_is_wrong(doctor):
    page = await doctor.get("/compose")
    refused = await send(doctor, filled(page, text=""), Consilium_Part="1")

    assert refused.status == 422
    assert refused.html.lstrip().startswith("<form")
    assert 'role="alert"' in refused.html


async def test_who_cannot_have_it_is_named(doctor, database, written):
    async with database.transaction() as session:
        bob = await factories.make_remote_actor(session)
        await factories.make_peer(session, bob.host, peer_class="social")

    refused = await publish(doctor, f"@{bob.handle} QT ?", audience="doctors")

    assert refused.status == 422
    assert f"@{bob.handle} cannot have it: only instances that are trusted" in refused.text
    assert await written() == []


async def test_what_is_answered_and_is_gone_is_never_left_out_silently(
    doctor, carol, alice, say, database, written
):
    asked = await say(carol, "<p>Un avis ?</p>", "doctors")
    page = await doctor.get(f"/compose?answer={asked.id}")
    async with database.transaction() as session:
        me, other = [await session.get_one(Actor, one.id) for one in (carol, alice)]
        await save_block(session, me, other, uri="https://a.example/block")

    refused = await send(doctor, filled(page, text="Oui"))
    alone = await send(doctor, filled(refused, text="Oui", act="alone"), path="/compose/files")
    sent = await send(doctor, filled(alone))

    assert refused.status == 422
    assert "is not there any more, or not for you" in refused.text
    assert refused.forms["/compose"]["answer"] == str(asked.id)
    assert "answer" not in alone.forms["/compose"]
    assert sent.status == 303
    assert (await written())[0].in_reply_to_id is None


async def test_the_short_form_opens_into_the_whole_one_with_its_text(doctor, carol, say):
    asked = await say(carol, "<p>Un avis ?</p>")
    page = await doctor.get(f"/compose?answer={asked.id}")
    short = Pairs(
        [(name, page.forms["/compose"][name]) for name in ("csrf_token", "key", "answer")]
        + [("text", "Oui"), ("short", "yes"), ("audience", "public")]
    )

    whole = (await send(doctor, short, path="/compose/files")).forms["/compose"]

    kept = ("text", "audience", "answer", "key")
    assert {name: whole[name] for name in kept} == {name: short[name] for name in kept}
    assert "short" not in whole


async def test_below_a_thread_one_answers_at_once(doctor, carol, say, written):
    asked = await say(carol, "<p>Un avis ?</p>", "unlisted")
    page = await doctor.get(f"/@carol/{asked.id}")

    sent = await send(doctor, filled(page, text="Oui"))

    answer, *_ = await written()
    assert sent.location == f"/@alice/{answer.id}"
    assert (answer.in_reply_to_id, answer.visibility) == (asked.id, "doctors")
    assert re.search("Who may read this: Verified doctors", page.text)


async def test_what_is_wrong_with_a_short_answer_is_said_in_the_whole_composer(
    doctor, carol, say, database, alice
):
    await change_user(database, alice, default_sensitive=True)
    asked = await say(carol)
    page = await doctor.get(f"/@carol/{asked.id}")

    refused = await send(doctor, filled(page, text="x" * 5001))

    form = refused.forms["/compose"]
    assert refused.status == 422
    assert (form["answer"], form["sensitive"]) == (str(asked.id), "yes")
    assert len(form["text"]) == 5001


async def test_nobody_answers_below_a_closed_post(doctor, carol, say, database):
    asked = await say(carol)
    async with database.transaction() as session:
        await lock_post(session, await session.get_one(Post, asked.id))

    page = await doctor.get(f"/@carol/{asked.id}")

    assert "/compose" not in page.forms
    assert "This conversation is closed" in page.text
