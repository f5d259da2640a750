"""Files of posts: who may open them, for how long, and what other servers are told of them."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from core.clock import now, shift
from federation.documents.attachment import read_attachments
from media.clearing import forget_unattached
from media.links import media_url
from media.models import Media
from outbox.models import OutboxActivity
from pictures import encoded, film, needs_ffmpeg, picture
from posts.erasure import owe_erasure
from posts.models import Post
from uploading import V1, fetch, files_of, send, serve_files, uploaded
from users.models import User
from workers.jobs import process_jobs


@pytest.fixture
def house(house):
    return serve_files(house)


async def posted(program, *, visibility="public", **fields):
    """Post a picture; return the status."""
    media = await uploaded(program, encoded(picture(), "JPEG"), description="ECG de repos")
    return await program.post(
        "/api/v1/statuses", media_ids=[media["id"]], visibility=visibility, **fields
    )


def file_of(status):
    return status["media_attachments"][0]


async def told(house, kind="Create"):
    """Return the newest activity of a kind that was owed to others."""
    async with house.database.read() as session:
        body = await session.scalar(
            select(OutboxActivity.body)
            .where(OutboxActivity.type == kind)
            .order_by(OutboxActivity.id.desc())
        )
    return json.loads(body)


async def opens(house, url) -> bool:
    return (await fetch(house, url)).status_code == 200


async def test_a_post_may_be_pictures_without_words(house, alice, bruno):
    said = await posted(alice)

    seen = await bruno.get(f"/api/v1/statuses/{said['id']}")
    assert seen["content"] == ""
    shown = file_of(seen)
    assert (shown["type"], shown["description"]) == ("image", "ECG de repos")
    assert shown["meta"]["original"]["width"] == 64
    assert shown["remote_url"] is None
    for name in ("url", "preview_url"):
        response = await fetch(house, shown[name])
        assert response.headers["Cache-Control"] == "public, max-age=86400"
        assert urlsplit(shown[name]).query == ""


async def test_what_others_are_told_reads_back(house, alice):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    media = await uploaded(
        alice, encoded(picture(), "PNG"), description="Échographie", focus="0.5,-0.25"
    )

    said = await alice.say("Avis ?", media_ids=[media["id"]], sensitive=True)

    note = (await told(house))["object"]
    shown = file_of(said)
    assert note["sensitive"] is True
    assert note["attachment"] == [
        {
            "type": "Image",
            "mediaType": "image/png",
            "url": shown["url"],
            "name": "Échographie",
            "blurhash": shown["blurhash"],
            "width": 64,
            "height": 48,
            "focalPoint": [0.5, -0.25],
        }
    ]
    (read,) = read_attachments(note["attachment"])
    assert (read.url, read.media_type) == (shown["url"], "image/png")
    assert (read.description, read.focus_x, read.focus_y) == ("Échographie", 0.5, -0.25)


@needs_ffmpeg
async def test_a_film_is_told_as_one(house, alice):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    media = await uploaded(alice, film(), path=V1)

    await alice.say("Le geste", media_ids=[media["id"]])

    (attachment,) = (await told(house))["object"]["attachment"]
    assert (attachment["type"], attachment["mediaType"]) == ("Video", "video/mp4")


async def test_it_cannot_be_posted_twice_nor_with_too_many(house, alice):
    media = [await uploaded(alice, encoded(picture(8, 8), "PNG")) for _ in range(9)]
    ids = [one["id"] for one in media]

    many = await alice.ask("POST", "/api/v1/statuses", json={"status": "a", "media_ids": ids})
    eight = await alice.say("a", media_ids=ids[7::-1])
    again = await alice.ask("POST", "/api/v1/statuses", json={"media_ids": ids[:1]})

    assert (many.status, "more than" in many.error) == (422, True)
    assert [one["id"] for one in eight["media_attachments"]] == ids[7::-1]
    assert (again.status, "already attached" in again.error) == (422, True)


@needs_ffmpeg
async def test_a_film_stands_alone_and_must_be_ready(house, client, alice):
    still = await uploaded(alice, encoded(picture(), "PNG"))
    moving = (await send(alice, film())).json

    early = await alice.ask("POST", "/api/v1/statuses", json={"media_ids": [moving["id"]]})
    await process_jobs(house.database, client)
    both = await alice.ask(
        "POST", "/api/v1/statuses", json={"media_ids": [moving["id"], still["id"]]}
    )

    assert (early.status, "finished processing" in early.error) == (422, True)
    assert (both.status, "video" in both.error) == (422, True)


async def test_an_edit_changes_words_and_removes_files(house, client, alice):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    kept, dropped = [await uploaded(alice, encoded(picture(), "PNG")) for _ in range(2)]
    said = await alice.say("ECG", media_ids=[kept["id"], dropped["id"]])
    gone = said["media_attachments"][1]["url"]

    edited = await alice.put(
        f"/api/v1/statuses/{said['id']}",
        status="ECG",
        media_ids=[kept["id"]],
        media_attributes=[{"id": kept["id"], "description": "Rythme sinusal", "focus": "0,1"}],
    )

    assert [one["id"] for one in edited["media_attachments"]] == [kept["id"]]
    assert file_of(edited)["description"] == "Rythme sinusal"
    assert file_of(edited)["meta"]["focus"] == {"x": 0.0, "y": 1.0}
    (attachment,) = (await told(house, "Update"))["object"]["attachment"]
    assert attachment["name"] == "Rythme sinusal"
    assert not await opens(house, gone)
    await process_jobs(house.database, client)
    assert len(files_of(house)) == 2


async def test_F13_a_file_that_is_not_posted_is_its_owners_alone(house, alice, bruno):
    media = await uploaded(alice, encoded(picture(), "JPEG"))
    bare = media["url"].partition("?")[0]
    settings, key = house.database.settings, bare.rpartition("/")[2]

    others = media_url(
        settings, key, open_to_all=False, post_id=None, moment=now(), viewer_id=bruno.actor.id
    )
    for_post = media_url(settings, key, open_to_all=False, post_id=115, moment=now())

    assert await opens(house, media["url"])
    for url in (bare, others, for_post, media["url"].replace("&v=", "&v=1")):
        assert not await opens(house, url)


@pytest.mark.parametrize("visibility", ["private", "direct", "doctors", "local"])
async def test_F14_what_is_not_public_opens_by_a_link_that_expires(house, alice, visibility):
    said = await posted(alice, status="ECG", visibility=visibility)
    url = file_of(said)["url"]

    response = await fetch(house, url)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    assert not await opens(house, url.partition("?")[0])
    assert not await opens(house, url[:-1] + ("0" if url[-1] != "0" else "1"))
    shift(timedelta(hours=12, minutes=1))
    assert not await opens(house, url)


async def test_F14_a_link_is_stable_for_some_hours(house, alice):
    said = await posted(alice, status="ECG", visibility="private")

    again = await alice.get(f"/api/v1/statuses/{said['id']}")

    assert file_of(again)["url"] == file_of(said)["url"]
    expiry = int(parse_qs(urlsplit(file_of(said)["url"]).query)["e"][0])
    assert timedelta(hours=6) <= timedelta(seconds=expiry - now().timestamp())


async def test_F14_a_readers_link_dies_with_what_let_them_read(
    house, database, alice, bruno, chloe
):
    await house.follows(chloe.actor, alice.actor)
    for_doctors = await posted(alice, status="ECG", visibility="doctors")
    for_followers = await house.program(alice.person)
    followed = await posted(for_followers, status="ECG", visibility="private")
    link_of_doctor = file_of(await bruno.get(f"/api/v1/statuses/{for_doctors['id']}"))["url"]
    async with database.transaction() as session:
        await session.execute(
            update(Post).where(Post.id == int(followed["id"])).values(visibility="followers")
        )
    link_of_follower = file_of(await chloe.get(f"/api/v1/statuses/{followed['id']}"))["url"]
    assert await opens(house, link_of_doctor)
    assert await opens(house, link_of_follower)

    await alice.post(f"/api/v1/accounts/{bruno.id}/block")
    await chloe.post(f"/api/v1/accounts/{alice.id}/unfollow")

    assert not await opens(house, link_of_doctor)
    assert not await opens(house, link_of_follower)


async def test_F14_a_lapsed_badge_closes_what_was_for_doctors(house, database, alice, bruno):
    said = await posted(alice, status="ECG", visibility="doctors")
    url = file_of(await bruno.get(f"/api/v1/statuses/{said['id']}"))["url"]
    assert await opens(house, url)

    shift(timedelta(days=91))
    moment = now()
    settings, key = database.settings, urlsplit(url).path.rpartition("/")[2]
    fresh = media_url(
        settings,
        key,
        open_to_all=False,
        post_id=int(said["id"]),
        viewer_id=bruno.actor.id,
        moment=moment,
    )

    assert not await opens(house, fresh)


async def test_F14_a_suspended_reader_opens_nothing(house, database, alice, bruno):
    said = await posted(alice, status="ECG", visibility="doctors")
    url = file_of(await bruno.get(f"/api/v1/statuses/{said['id']}"))["url"]

    async with database.transaction() as session:
        actor = await session.get_one(type(bruno.actor), bruno.actor.id)
        actor.suspended_at = now()
        user = await session.get_one(User, bruno.person.user.id)
        user.suspended_at = now()

    assert not await opens(house, url)


@pytest.mark.parametrize("visibility", ["doctors", "public"])
async def test_F15_with_its_post_a_file_is_gone_for_everybody(house, client, alice, visibility):
    bob = await house.remote(doctor=True)
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    said = await posted(alice, status="ECG", visibility=visibility)
    (attachment,) = (await told(house))["object"]["attachment"]
    urls = [attachment["url"], file_of(said)["url"], file_of(said)["preview_url"]]
    assert all([await opens(house, url) for url in urls])

    await alice.delete(f"/api/v1/statuses/{said['id']}?delete_media=true")

    assert not any([await opens(house, url) for url in urls])
    await process_jobs(house.database, client)
    assert files_of(house) == []


async def test_F15_a_post_taken_back_to_be_written_anew_shows_its_file_to_its_author_alone(
    house, client, alice
):
    said = await posted(alice, status="ECG")
    urls = [file_of(said)["url"], file_of(said)["preview_url"]]

    await alice.delete(f"/api/v1/statuses/{said['id']}")

    assert not any([await opens(house, url) for url in urls])
    again = await alice.get(f"{V1}/{file_of(said)['id']}")
    assert await opens(house, again["url"])
    shift(timedelta(hours=25))
    await forget_unattached(house.database)
    await process_jobs(house.database, client)
    assert files_of(house) == []


async def test_F15_a_server_keeps_its_link_as_long_as_the_post_is_there(house, database, alice):
    bob = await house.remote(doctor=True)
    await house.trust(bob.host)
    said = await posted(alice, status="ECG", visibility="doctors")
    (attachment,) = (await told(house))["object"]["attachment"]
    shift(timedelta(days=190))
    assert await opens(house, attachment["url"])
    shift(timedelta(days=230))

    assert not await opens(house, attachment["url"])
    async with database.read() as session:
        assert await session.get(Media, int(file_of(said)["id"])) is not None


async def test_F15_of_a_suspended_author_nothing_opens(house, database, alice):
    said = await posted(alice)

    async with database.transaction() as session:
        actor = await session.get_one(type(alice.actor), alice.actor.id)
        actor.suspended_at = now()

    assert not await opens(house, file_of(said)["url"])


async def test_a_name_of_a_patient_in_a_file_name_shows_up_nowhere(house, database, alice, bruno):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    media = await uploaded(
        alice, encoded(picture(), "JPEG"), name="Dupont_Jean_1961-04-12.jpg"
    )

    said = await alice.say("Avis ?", media_ids=[media["id"]])

    seen = await bruno.get(f"/api/v1/statuses/{said['id']}")
    response = await fetch(house, file_of(seen)["url"])
    said_of_it = [str(media), str(seen), str(await told(house)), str(response.headers)]
    async with database.read() as session:
        said_of_it += [str(row) for row in await session.scalars(select(Media))]
        said_of_it += [str(row) for row in await session.scalars(select(Post))]
    said_of_it += [str(path) for path in files_of(house)]
    assert "Dupont" not in "".join(said_of_it)


async def test_a_deleted_account_leaves_no_files(house, database, client, alice):
    await posted(alice)
    await uploaded(alice, encoded(picture(), "JPEG"))
    async with database.transaction() as session:
        actor = await session.get_one(type(alice.actor), alice.actor.id)
        await owe_erasure(session, actor)
    for _ in range(6):
        await process_jobs(house.database, client)

    assert files_of(house) == []
