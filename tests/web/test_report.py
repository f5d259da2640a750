"""Reports: a person or a post, to the moderators here and, if wanted, there."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select

import factories
from moderation.models import Report
from outbox.models import OutboxActivity


@pytest_asyncio.fixture
async def reports(database):
    async def ask():
        async with database.read() as session:
            return list(await session.scalars(select(Report)))

    return ask


@pytest_asyncio.fixture
async def bob(database):
    """Somebody of another house, whose moderators can be told."""
    async with database.transaction() as session:
        await factories.make_peer(session)
        await factories.make_instance_actor(session)
        return await factories.make_remote_actor(session)


async def test_a_post_is_reported(reader, alice, carol, say, reports):
    post = await say(alice, "<p>Mme Dupont, 54 ans</p>")
    path = f"/posts/{post.id}/report"
    page = await reader.get(path)
    assert "Mme Dupont" in page.text and "forward" not in page.forms[path]

    said = {"category": "violation", "comment": " On la reconnaît.\r\nVraiment. "}
    answer = await reader.post(path, page.forms[path] | said)

    assert answer.location == f"{path}?sent=1"
    (report,) = await reports()
    assert (report.reporter_id, report.target_id) == (carol.id, alice.id)
    assert (report.post_ids, report.category) == ([post.id], "violation")
    assert report.comment == "On la reconnaît.\nVraiment."
    assert "The moderators have been told" in (await reader.get(answer.location)).text


async def test_a_person_is_reported(reader, alice, reports):
    path = "/@alice/report"
    page = await reader.get(path)

    await reader.post(path, page.forms[path] | {"category": "spam"})

    (report,) = await reports()
    assert (report.target_id, report.post_ids, report.category) == (alice.id, [], "spam")


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_other_instance_is_told_if_so_wanted(
    reader, bob, say, reports, database, wanted
):
    post = await say(bob)
    path = f"/posts/{post.id}/report"
    page = await reader.get(path)
    assert "Tell the moderators of b.localhost:8002 too" in page.text

    said = {"category": "other", "comment": "Voir"} | ({"forward": "yes"} if wanted else {})
    await reader.post(path, page.forms[path] | said)

    assert [report.is_forwarded for report in await reports()] == [wanted]
    async with database.read() as session:
        told = list(await session.scalars(select(OutboxActivity.type)))
    assert told == (["Flag"] if wanted else [])


async def test_the_rules_that_are_broken_are_named(reader, alice, settings, reports):
    rules = "Aucun patient reconnaissable | Ni par l'image\n\nPas de publicité\n"
    (settings.data_dir / "rules.txt").write_text(rules)
    page = await reader.get("/@alice/report")
    assert "Aucun patient reconnaissable Ni par l'image" in page.text
    form = page.forms["/@alice/report"]

    said = {"rule-1": "on", "rule-3": "on", "rule-2": "on", "comment": "Deux fois"}
    await reader.post("/@alice/report", form | said)

    (report,) = await reports()
    assert (report.category, report.comment) == ("violation", "Rules: 1, 3\n\nDeux fois")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"comment": "Gardé"}, "say what is wrong"),
        ({"category": "boredom", "comment": "Gardé"}, "say what is wrong"),
        ({"category": "spam", "comment": "Gardé" * 250}, "shorten it to 1000 characters"),
    ],
    ids=["nothing", "unknown", "long"],
)
async def test_what_is_lacking_is_said_and_what_was_typed_is_kept(
    reader, alice, reports, said, words
):
    path = "/@alice/report"
    form = (await reader.get(path)).forms[path]

    answer = await reader.post(path, form | said)

    assert answer.status == 422 and words in answer.text and 'role="alert"' in answer.html
    assert answer.forms[path]["comment"] == said["comment"]
    kept = {said.get("category")} & {"spam"}
    assert {answer.forms[path].get("category")} - {None} == kept
    assert await reports() == []


async def test_nobody_reports_themself(reader, carol, say):
    post = await say(carol)

    for path in ("/@carol/report", f"/posts/{post.id}/report"):
        assert (await reader.get(path)).status == 403


async def test_what_one_may_not_see_cannot_be_reported(reader, alice, say, reports):
    post = await say(alice, visibility="doctors")
    form = (await reader.get("/me")).forms["#act"] | {"category": "spam"}

    for path in (f"/posts/{post.id}/report", "/posts/12345/report", "/@nobody/report"):
        assert (await reader.get(path)).status == 404
        assert (await reader.post(path, form)).status == 404
    assert await reports() == []


async def test_H20_a_report_carries_the_token_of_the_session(reader, stranger, alice, say, reports):
    post = await say(alice)

    for path in ("/@alice/report", f"/posts/{post.id}/report"):
        assert (await reader.post(path, {"category": "spam"})).status == 403
        answer = await stranger.post(path, {"category": "spam", "next": path})
        assert answer.location.startswith("/auth/sign-in?next=")
        assert (await stranger.get(path)).location == answer.location
    assert await reports() == []
