"""Files for posts: uploaded, looked at, changed and removed through the client API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

import pictures
from api.limits import Limits
from core.clock import shift
from media import kinds
from media.clearing import forget_unattached
from media.models import Media
from pictures import encoded, film, needs_ffmpeg, opened, picture, sound
from uploading import V1, V2, fetch, files_of, part, send, serve_files, uploaded
from users.limits import Limit
from workers.jobs import process_jobs


@pytest.fixture
def house(house):
    return serve_files(house)


@pytest.fixture
def settings(settings):
    """Smaller limits, so that a file that is too large is soon made."""
    return settings.model_copy(update={"max_image_bytes": 300_000, "max_video_bytes": 600_000})


async def count_rows(house) -> int:
    async with house.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Media))


async def refused(house, program, data, *, status=422, **sent):
    """Send something that must be refused; nothing of it may stay."""
    reply = await send(program, data, **sent)
    assert reply.status == status, reply.json
    assert files_of(house) == []
    assert await count_rows(house) == 0
    return reply.error


@pytest.mark.parametrize(
    ("format", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/jpeg"),
        ("HEIF", "image/jpeg"),
    ],
)
async def test_a_picture_is_ready_at_once(house, alice, format, mime):
    data = encoded(picture(), format)

    reply = await send(alice, data, description="Une radio", focus="0.5,-1", mime="text/plain")

    assert (reply.status, reply.json["type"]) == (200, "image")
    assert reply.json["description"] == "Une radio"
    assert reply.json["meta"]["original"]["size"] == "64x48"
    assert reply.json["meta"]["focus"] == {"x": 0.5, "y": -1.0}
    assert len(reply.json["blurhash"]) > 10
    assert await alice.get(f"{V1}/{reply.json['id']}") == reply.json
    for name in ("url", "preview_url"):
        shown = await fetch(house, reply.json[name])
        assert shown.status_code == 200
        assert opened(await shown.get_data()).size == (64, 48)
    assert (await fetch(house, reply.json["url"])).content_type == mime


async def test_a_clear_ground_stays_clear(house, alice):
    data = encoded(picture(mode="RGBA"), "PNG")

    media = await uploaded(alice, data)

    assert opened(await (await fetch(house, media["url"])).get_data()).mode == "RGBA"


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p")),
        ("webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis")),
        ("mov", ("-c:v", "mpeg4")),
        ("mkv", ("-c:v", "libx264",)),
    ],
)
async def test_a_film_is_made_ready_by_a_job(house, client, alice, suffix, options):
    reply = await send(alice, film(*options, suffix=suffix), name="x.png")

    assert (reply.status, reply.json["url"], reply.json["type"]) == (202, None, "video")
    path = f"{V1}/{reply.json['id']}"
    assert (await alice.ask("GET", path)).status == 206
    assert await process_jobs(house.database, client) == 1
    media = await alice.get(path)
    assert media["meta"]["original"]["width"] == 128
    assert media["meta"]["original"]["duration"] == pytest.approx(1, abs=0.2)
    assert media["blurhash"]
    shown = await fetch(house, media["url"])
    assert shown.content_type == "video/mp4"
    assert (await fetch(house, media["preview_url"])).content_type == "image/jpeg"


@needs_ffmpeg
@pytest.mark.parametrize(
    ("suffix", "mime"),
    [
        ("mp3", "audio/mpeg"),
        ("ogg", "audio/mp4"),
        ("flac", "audio/mp4"),
        ("wav", "audio/mp4"),
        ("m4a", "audio/mp4"),
    ],
)
async def test_a_sound_is_made_ready_while_the_older_way_waits(house, alice, suffix, mime):
    media = await uploaded(alice, sound(suffix=suffix), path=V1)

    assert (media["type"], media["preview_url"]) == ("audio", None)
    assert media["meta"]["original"]["duration"] == pytest.approx(1, abs=0.2)
    shown = await fetch(house, media["url"])
    assert shown.content_type == mime
    assert pictures.NAME.encode() not in await shown.get_data()


@needs_ffmpeg
@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
async def test_a_picture_that_moves_becomes_a_film(house, alice, format):
    frames = [picture(32, 24), picture(32, 24).rotate(180), picture(32, 24)]
    data = encoded(
        frames[0], format, save_all=True, append_images=frames[1:], duration=100, loop=0
    )

    media = await uploaded(alice, data, path=V1)

    assert media["type"] == "gifv"
    assert media["meta"]["original"]["duration"] == pytest.approx(0.3, abs=0.1)
    assert (await fetch(house, media["url"])).content_type == "video/mp4"


@needs_ffmpeg
async def test_a_film_shows_the_thumbnail_that_came_with_it(house, client, alice):
    chosen = encoded(picture(300, 100), "PNG")
    reply = await send(alice, film(), thumbnail=chosen)

    await process_jobs(house.database, client)

    media = await alice.get(f"{V1}/{reply.json['id']}")
    assert media["meta"]["small"]["size"] == "300x100"


@needs_ffmpeg
async def test_a_film_that_cannot_be_read_is_told_and_not_kept(house, client, alice):
    reply = await send(alice, film()[:3000] + b"\0" * 9000)

    await process_jobs(house.database, client)

    told = await alice.ask("GET", f"{V1}/{reply.json['id']}")
    assert told.status == 422
    assert "damaged" in told.error
    assert files_of(house) == []


async def test_words_and_preview_can_be_changed_until_it_is_posted(house, alice):
    media = await uploaded(alice, encoded(picture(), "JPEG"))
    path = f"{V1}/{media['id']}"

    changed = await alice.ask(
        "PUT",
        path,
        form={"description": "Un ECG", "focus": "0,0.25"},
        files={"thumbnail": part(encoded(picture(90, 30), "PNG"))},
    )

    assert changed.json["description"] == "Un ECG"
    assert changed.json["meta"]["focus"] == {"x": 0.0, "y": 0.25}
    assert changed.json["meta"]["small"]["size"] == "90x30"
    assert await alice.get(path) == changed.json
    again = await alice.put(path, description="Un autre")
    assert again["description"] == "Un autre"
    assert again["meta"] == changed.json["meta"]


async def test_it_is_removed_unless_it_is_posted(house, client, alice):
    media = await uploaded(alice, encoded(picture(), "JPEG"))
    posted = await uploaded(alice, encoded(picture(), "PNG"))
    await alice.say("ECG", media_ids=[posted["id"]])

    assert await alice.delete(f"{V1}/{media['id']}") == {}

    assert (await fetch(house, media["url"])).status_code == 404
    assert (await alice.ask("GET", f"{V1}/{media['id']}")).status == 404
    kept = await alice.ask("DELETE", f"{V1}/{posted['id']}")
    assert (kept.status, "used by a status" in kept.error) == (422, True)
    assert (await alice.ask("PUT", f"{V1}/{posted['id']}", json={})).status == 422
    await process_jobs(house.database, client)
    assert len(files_of(house)) == 2


async def test_what_nobody_posted_is_forgotten_after_a_day(house, client, alice):
    media = await uploaded(alice, encoded(picture(), "JPEG"))
    posted = await uploaded(alice, encoded(picture(), "JPEG"))
    await alice.say("ECG", media_ids=[posted["id"]])

    shift(timedelta(hours=23))
    await forget_unattached(house.database)
    assert (await alice.ask("GET", f"{V1}/{media['id']}")).status == 200
    shift(timedelta(hours=2))
    await forget_unattached(house.database)

    assert (await alice.ask("GET", f"{V1}/{media['id']}")).status == 404
    assert (await alice.ask("GET", f"{V1}/{posted['id']}")).status == 200


@pytest.mark.parametrize(
    "fields", [{"focus": "left"}, {"focus": "0.5"}, {"focus": "nan,0"}, {"focus": "1,2,3"}]
)
async def test_a_focus_that_is_none_is_refused(house, alice, fields):
    assert "Focus" in await refused(house, alice, encoded(picture(), "PNG"), **fields)


async def test_a_form_without_a_file_is_refused(house, alice):
    for sent in ({"form": {"file": "text"}}, {"json": {"file": "a"}}, {}):
        reply = await alice.ask("POST", V2, **sent)

        assert (reply.status, "File can't be blank" in reply.error) == (422, True)


async def test_files_are_only_taken_where_they_are_expected(house, alice):
    data = encoded(picture(), "PNG")

    elsewhere = await alice.ask("POST", "/api/v1/statuses", form={}, files={"file": part(data)})
    misnamed = await alice.ask("POST", V2, form={}, files={"photo": part(data)})

    assert elsewhere.status in {411, 422}
    assert misnamed.status == 422
    assert files_of(house) == []


async def test_a_form_that_ends_in_the_middle_leaves_nothing(house, alice):
    body = (
        b"--x\r\nContent-Disposition: form-data; name=file; filename=a.jpg\r\n\r\n"
        + encoded(picture(), "JPEG")
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    reply = await alice.ask("POST", V2, data=body, headers=headers)

    assert reply.status == 400
    assert files_of(house) == []


async def test_a_file_that_is_too_large_is_not_read_to_its_end(house, alice):
    data = encoded(picture(), "PNG")

    large = data + b"\0" * house.database.settings.max_image_bytes
    assert "less than" in await refused(house, alice, large)
    huge = data + b"\0" * house.database.settings.max_video_bytes
    await refused(house, alice, huge, status=413)


async def test_uploads_are_counted(house, alice):
    program = house.limited(alice.bearer, uploads=Limit(2, timedelta(minutes=30), name="u"))
    data = encoded(picture(), "PNG")

    statuses = [(await send(program, data)).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert Limits.__dataclass_fields__["uploads"].default_factory().limit == 30


HTML = b"<!doctype html><script>alert(1)</script>" + b" " * 100
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>' + b" " * 100


@pytest.mark.parametrize(
    "data",
    [HTML, SVG, b'<?xml version="1.0"?><a/>' + b" " * 100, b"alert(document)" * 9, b"", b"a"],
    ids=["html", "svg", "xml", "js", "empty", "byte"],
)
async def test_F01_a_page_called_a_picture_is_refused(house, alice, data):
    error = await refused(house, alice, data, name="photo.png", mime="image/png")

    assert error == "Validation failed: File content type is invalid"


@pytest.mark.parametrize("format", ["GIF", "PNG", "JPEG", "WEBP"])
async def test_F02_what_is_behind_a_picture_is_not_kept(house, alice, format):
    data = encoded(picture(), format) + b"/*" + HTML + b"*/=1;PK\x03\x04"

    media = await uploaded(alice, data, path=V1, name="a.html", mime="text/html")

    shown = await fetch(house, media["url"])
    assert b"script" not in await shown.get_data()
    assert shown.content_type in {"image/png", "image/jpeg", "image/webp", "video/mp4"}
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    policy = "default-src 'none'; form-action 'none'; sandbox"
    assert shown.headers["Content-Security-Policy"] == policy
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("lead", [b"%PDF-1.7\n", b"PK\x03\x04", b"BM", b"II*\0", b"\0\0\1\0"])
async def test_F02_other_kinds_are_refused(house, alice, lead):
    await refused(house, alice, lead + encoded(picture(), "PNG"))


async def test_F03_a_document_of_the_fediverse_is_no_file(house, alice):
    note = b'{"type":"Note","id":"https://a.localhost:8001/users/alice/posts/1"}' + b" " * 100
    await refused(house, alice, note, mime="application/activity+json")

    media = await uploaded(alice, encoded(picture(), "JPEG") + note)

    shown = await fetch(house, media["url"], Accept="application/activity+json")
    assert shown.content_type == "image/jpeg"
    assert b"Note" not in await shown.get_data()


@pytest.mark.parametrize(
    "data",
    [
        b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://evil.example/)'\n",
        b'<?xml version="1.0"?><image><read filename="/etc/passwd"/></image>' + b" " * 30,
        b"ephemeral:/etc/passwd" + b" " * 40,
        b"label:@/etc/passwd" + b" " * 40,
        b'<svg><image xlink:href="file:///etc/passwd"/></svg>' + b" " * 40,
        b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file" + b" " * 40,
    ],
    ids=["mvg", "msl", "ephemeral", "label", "svg", "eps"],
)
async def test_F06_what_draws_by_a_program_is_refused(house, alice, data):
    assert "content type" in await refused(house, alice, data, name="photo.png")


async def test_F11_a_long_description_is_cut_and_stays_a_text(house, alice):
    text = "<b>\u202eradio\u200b</b>" + "é" * 100_000

    media = await uploaded(alice, encoded(picture(), "JPEG"), description=text)

    assert media["description"] == text[:1500]


async def test_F12_files_of_others_are_not_there(house, alice, bruno):
    media = await uploaded(alice, encoded(picture(), "JPEG"), description="Mine")
    path = f"{V1}/{media['id']}"

    for method in ("GET", "PUT", "DELETE"):
        reply = await bruno.ask(method, path, json={"description": "yours"})
        assert (reply.status, reply.error) == (404, "Record not found")
    posted = await bruno.ask("POST", "/api/v1/statuses", json={"media_ids": [media["id"]]})

    assert (posted.status, "not found" in posted.error) == (422, True)
    assert await alice.get(path) == media


@pytest.mark.parametrize("id", ["0", "115", "-1", "x", "9" * 30, "%00"])
async def test_F12_an_id_that_is_none_is_not_there(house, alice, id):
    for method in ("GET", "PUT", "DELETE"):
        assert (await alice.ask(method, f"{V1}/{id}")).status == 404


async def test_a_document_is_kept_to_be_saved_and_not_shown(house, alice):
    pytest.importorskip("pypdf", reason="pypdf is not installed")
    data = encoded(picture(), "PDF", title=pictures.NAME)

    media = await uploaded(alice, data, name="Dupont.pdf", mime="application/pdf")

    assert (media["type"], media["preview_url"]) == ("unknown", None)
    sent = await fetch(house, media["url"])
    assert sent.content_type == "application/pdf"
    assert sent.headers["Content-Disposition"] == "attachment"
    assert pictures.NAME.encode() not in await sent.get_data()
    said = await alice.say("Le protocole", media_ids=[media["id"]])
    assert said["media_attachments"][0]["id"] == media["id"]


def test_without_ffmpeg_films_are_refused_and_clients_are_told(monkeypatch):
    monkeypatch.setattr(kinds, "has_ffmpeg", lambda: False)

    assert "image/jpeg" in kinds.supported_types()
    assert not any(mime.startswith(("video/", "audio/")) for mime in kinds.supported_types())
    assert not kinds.is_taken(kinds.recognise(b"\x1aE\xdf\xa3" + b" " * 60))
