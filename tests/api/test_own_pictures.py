"""One's own portrait and banner, and the profile as it is edited."""

from __future__ import annotations

import asyncio
import base64
import json
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from actors.models import Actor
from api.fields import Fields
from api.own_pictures import own_pictures
from outbox.models import OutboxActivity
from pictures import encoded, opened, picture, telling_jpeg
from uploading import V1, fetch, files_of, part, serve_files, uploaded
from workers.jobs import process_jobs

UPDATE, PROFILE = "/api/v1/accounts/update_credentials", "/api/v1/profile"


@pytest.fixture
def house(house):
    return serve_files(house)


async def change(program, path=UPDATE, *, form=None, **files):
    """Send pictures, and perhaps words, with a form; return the JSON."""
    sent = {name: part(data) for name, data in files.items()}
    reply = await program.ask("PATCH", path, form=form or {}, files=sent)
    assert reply.status == 200, reply.json
    return reply.json


async def shown(house, url):
    response = await fetch(house, url)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    return opened(await response.get_data())


async def told(house):
    """Return the actor in the newest Update that was owed to others; None without one."""
    async with house.database.read() as session:
        body = await session.scalar(
            select(OutboxActivity.body)
            .where(OutboxActivity.type == "Update")
            .order_by(OutboxActivity.id.desc())
        )
    return json.loads(body)["object"] if body is not None else None


async def test_pictures_are_cut_shown_and_told(house, alice, bruno):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)

    own = await change(
        alice,
        avatar=telling_jpeg(),
        header=encoded(picture(3000, 900), "PNG"),
        form={"avatar_description": "Au bloc", "display_name": "Dr Alice"},
    )

    assert (await shown(house, own["avatar"])).size == (48, 48)
    assert (await shown(house, own["header"])).size == (1500, 500)
    assert own["avatar"] == own["avatar_static"]
    seen = await bruno.get(f"/api/v1/accounts/{alice.id}")
    assert (seen["avatar"], seen["header"]) == (own["avatar"], own["header"])
    actor = await told(house)
    assert actor["icon"][0]["url"] == own["avatar"]
    assert actor["image"][0]["url"] == own["header"]
    assert b"Dupont" not in await (await fetch(house, own["avatar"])).get_data()


async def test_a_new_portrait_replaces_the_old(house, client, alice):
    first = await change(alice, avatar=encoded(picture(), "PNG"))

    second = await change(alice, avatar=encoded(picture(), "JPEG"))

    assert first["avatar"] != second["avatar"]
    assert (await fetch(house, first["avatar"])).status_code == 404
    await process_jobs(house.database, client)
    assert len(files_of(house)) == 2


@pytest.mark.parametrize("which", ["avatar", "header"])
async def test_a_picture_is_taken_back(house, client, alice, which):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    before = await change(alice, **{which: encoded(picture(), "PNG")})

    own = await alice.delete(f"{PROFILE}/{which}")

    assert own[which].endswith(f"/static/no-{which}.png")
    assert (await fetch(house, before[which])).status_code == 404
    assert {"avatar": "icon", "header": "image"}[which] not in await told(house)
    assert (await alice.get(PROFILE))[which] is None
    assert (await alice.delete(f"{PROFILE}/{which}")) == own


async def test_a_picture_in_json_is_read_too(house, alice):
    data = base64.b64encode(encoded(picture(), "PNG")).decode()

    changed = await alice.ask(
        "PATCH", PROFILE, json={"avatar": f"data:image/png;base64,{data}"}
    )

    assert (await shown(house, changed.json["avatar"])).size == (48, 48)


@pytest.mark.parametrize("path", [UPDATE, PROFILE])
@pytest.mark.parametrize(
    "sent",
    [
        {"files": {"avatar": part(b"<svg/>" + b" " * 99)}},
        {"files": {"header": part(b"%PDF-1.7" + b" " * 99)}},
        {"json": {"avatar": "data:image/png;base64,@@@"}},
        {"json": {"avatar": "https://example.com/me.png"}},
        {"json": {"avatar": "data:text/html;base64,PGI+"}},
    ],
    ids=["svg", "pdf", "no base64", "address", "html"],
)
async def test_F01_what_is_no_picture_is_refused_and_changes_nothing(house, alice, path, sent):
    before = await alice.get(PROFILE)
    for file in sent.get("files", {}).values():
        file.stream.seek(0)

    form = {"form": {"display_name": "Eve"}} if "files" in sent else {}
    reply = await alice.ask("PATCH", path, **sent, **form)

    assert reply.status == 422
    assert await alice.get(PROFILE) == before
    assert files_of(house) == []


async def test_a_refused_name_leaves_no_picture(house, alice):
    reply = await alice.ask(
        "PATCH",
        UPDATE,
        form={"display_name": "Dr Alice ✓"},
        files={"avatar": part(encoded(picture(), "PNG"))},
    )

    assert reply.status == 422
    assert files_of(house) == []


async def test_F12_a_file_for_posts_is_no_portrait_and_the_other_way_round(house, database, alice):
    media = await uploaded(alice, encoded(picture(), "PNG"))
    await alice.ask("PATCH", PROFILE, json={"avatar_media_id": media["id"]})
    await change(alice, avatar=encoded(picture(), "PNG"))

    async with database.read() as session:
        actor = await session.get_one(Actor, alice.actor.id)
    assert actor.avatar_media_id not in {None, int(media["id"])}
    path = f"{V1}/{actor.avatar_media_id}"
    assert (await alice.ask("GET", path)).status == 404
    posted = await alice.ask(
        "POST", "/api/v1/statuses", json={"media_ids": [str(actor.avatar_media_id)]}
    )
    assert posted.status == 422


async def test_a_profile_is_edited_as_it_was_typed(house, alice):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)
    wanted = {
        "note": "Rythmologie #ecg",
        "show_media": False,
        "show_featured": False,
        "hide_collections": True,
        "avatar_description": "Au bloc",
        "header_description": "x" * 2000,
        "attribution_domains": ["https://Blog.Example", "revue.example", ""],
        "fields_attributes": [{"name": "Langues", "value": "fr"}],
    }

    changed = await alice.ask("PATCH", PROFILE, json=wanted)

    assert changed.json == await alice.get(PROFILE)
    assert changed.json["note"] == "Rythmologie #ecg"
    assert (changed.json["show_media"], changed.json["show_media_replies"]) == (False, True)
    assert changed.json["hide_collections"] is True
    assert len(changed.json["header_description"]) == 1500
    assert changed.json["attribution_domains"] == ["blog.example", "revue.example"]
    assert changed.json["fields"] == [{"name": "Langues", "value": "fr", "verified_at": None}]
    assert await told(house) is not None
    cleared = await alice.ask("PATCH", PROFILE, json={"attribution_domains": [""]})
    assert cleared.json["attribution_domains"] == []


@pytest.mark.parametrize(
    "domains",
    [["a b"], ["x/y"], [f"{n}.example" for n in range(101)]],
    ids=["space", "path", "many"],
)
async def test_domains_that_are_none_are_refused(house, alice, domains):
    reply = await alice.ask("PATCH", PROFILE, json={"attribution_domains": domains})

    assert (reply.status, "ttribution domains" in reply.error) == (422, True)


async def test_who_goes_away_after_the_commit_takes_no_portrait_along(house, alice):
    path = house.database.settings.data_dir / "portrait"
    kept = []
    for error in (asyncio.CancelledError, RuntimeError):
        path.write_bytes(encoded(picture(), "PNG"))
        call = SimpleNamespace(
            file={"avatar": path}.get,
            fields=Fields([]),
            services=house.services,
            me=SimpleNamespace(actor=alice.actor),
        )

        with pytest.raises(error):
            async with own_pictures(call) as received:
                raise error

        kept.append({file.name for file in files_of(house)} & {received["avatar"].key})

    assert [len(one) for one in kept] == [1, 0]
