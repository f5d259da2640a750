"""Files for a post: attached without a script and with one, described, put in order, let go."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from filling import Pairs, file_part, filled
from media.models import Media, MediaState
from pictures import encoded, film, needs_ffmpeg, picture
from posts.models import Post
from users.limits import Limit
from web.filled import _TAKEN

PNG = encoded(picture(), "PNG")


@pytest.fixture
def attach(doctor):
    """Send a file with the form of a page: `await attach(page, …)`."""

    async def send(page, data=PNG, *more, path="/compose/files", headers=(), **fields):
        form = filled(page, *more, **fields)
        return await doctor.post(path, form, files={"file": file_part(data)}, **dict(headers))

    return send


async def send(browser, form, path="/compose"):
    return await browser.post(path, form, files={})


@pytest.fixture
def rows(database):
    async def find(kind):
        async with database.read() as session:
            return list(await session.scalars(select(kind).order_by(kind.id)))

    return find


def ids_in(page):
    """Return the files of a page, in their order."""
    return re.findall(r'name="media" value="(\d+)"', page.html)


def files_on_disk(settings):
    return [path for path in (settings.data_dir / "media").rglob("*") if path.is_file()]


async def test_a_file_is_attached_described_and_published(doctor, attach, rows):
    page = await attach(await doctor.get("/compose"), text="Le tracé", warning="W")
    (id,) = ids_in(page)
    form = filled(page, **{f"description-{id}": "Douze dérivations", f"left-{id}": "0",
                           f"top-{id}": "100"})  # fmt: skip
    sent = await send(doctor, form)

    (post,), (media,) = await rows(Post), await rows(Media)
    assert page.status == 200
    assert (form["text"], form["warning"]) == ("Le tracé", "W")
    assert f'src="/media/{media.preview_key}?' in page.html
    assert sent.status == 303
    assert post.attachments[0]["description"] == "Douze dérivations"
    assert (post.attachments[0]["focus_x"], post.attachments[0]["focus_y"]) == (-1.0, -1.0)
    assert media.post_id == post.id


async def test_a_file_that_comes_with_publish_is_shown_first_to_be_described(
    doctor, attach, rows
):
    page = await attach(await doctor.get("/compose"), text="x", path="/compose")

    assert page.status == 200
    assert "Nothing is published yet: say what the files show" in page.text
    assert await rows(Post) == []
    assert len(ids_in(page)) == 1
    assert (await send(doctor, filled(page))).status == 303


async def test_files_are_put_in_order_and_removed(doctor, attach, rows, settings):
    page = await attach(await doctor.get("/compose"), text="x")
    (first,) = ids_in(page)
    page = await attach(page)
    _, second = ids_in(page)
    keep = [("media", first), ("media", second)]
    base = {name: value for name, value in page.forms["/compose"].items() if name != "media"}

    moved = await send_act(doctor, base, keep, f"up-{second}")
    left = await send_act(doctor, base, keep, f"drop-{first}")

    assert ids_in(moved) == [second, first]
    assert ids_in(left) == [second]
    assert [str(media.id) for media in await rows(Media)] == [second]


async def send_act(browser, base, pairs, act):
    form = Pairs([*base.items(), *pairs, ("act", act)])
    return await browser.post("/compose/files", form, files={})


async def test_our_script_is_shown_the_file_alone(doctor, attach, rows):
    part = await attach(
        await doctor.get("/compose"), headers={"Consilium_Part": "1"}, text="x"
    )

    (media,) = await rows(Media)
    again = await doctor.get(f"/compose/files/{media.id}", Consilium_Part="1")
    assert part.html.lstrip().startswith(f'<li class="attached" id="file-{media.id}"')
    assert ids_in(again) == [str(media.id)]
    assert "<form" not in part.html


@pytest.mark.parametrize("script", [True, False])
async def test_F06_what_is_not_taken_is_said_and_the_text_is_kept(
    doctor, attach, rows, settings, script
):
    headers = {"Consilium_Part": "1"} if script else {}

    page = await attach(
        await doctor.get("/compose"), b"<svg/>" * 10, text="Gardé", headers=headers
    )

    assert page.status == 422
    assert "This kind of file is not taken" in page.text
    assert script or page.forms["/compose"]["text"] == "Gardé"
    assert await rows(Media) == []
    assert files_on_disk(settings) == []


class TestSmallFilesOnly:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"max_image_bytes": 1000, "max_video_bytes": 1000})

    async def test_F05_a_file_that_is_too_large_is_left_out_and_the_text_is_kept(
        self, doctor, attach, settings
    ):
        page = await attach(await doctor.get("/compose"), b"x" * 2000, text="Gardé")

        assert page.status == 422
        assert "A file is too large" in page.text
        assert page.forms["/compose"]["text"] == "Gardé"
        assert files_on_disk(settings) == []


    async def test_F05_more_than_a_whole_form_may_have_is_told_with_what_to_do(
        self, doctor, attach, settings
    ):
        composer = await doctor.get("/compose")

        page = await attach(composer, b"x" * (_TAKEN.max_bytes(settings) + 1), text="Perdu")

        assert page.status == 413
        assert "Too large to be sent" in page.text
        assert "nothing of it was kept, the text neither" in page.text
        assert files_on_disk(settings) == []


async def test_how_large_files_may_be_is_said_beside_them(doctor):
    page = await doctor.get("/compose")

    hint = page.html.partition('id="file-hint">')[2].partition("</p>")[0]
    assert "A picture has 16 MB at most, anything else 99 MB." in hint
    assert '<span class="without-script">All that is sent at once has 212 MB at most' in hint


class TestOneFileInHalfAnHour:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        def limit(tries, per, *, name):
            return Limit(1 if name == "upload" else tries, per, name=name)

        monkeypatch.setattr("web.site.Limit", limit)

    async def test_H19_files_are_counted_and_the_text_is_kept(self, doctor, attach, rows):
        page = await doctor.get("/compose")
        await attach(page, text="x")

        refused = await attach(page, text="Gardé")

        assert refused.status == 422
        assert "wait some minutes" in refused.text
        assert refused.forms["/compose"]["text"] == "Gardé"
        assert len(await rows(Media)) == 1


@needs_ffmpeg
async def test_a_film_is_shown_as_being_made_ready(doctor, attach, rows):
    page = await attach(await doctor.get("/compose"), film(), text="x")
    refused = await send(doctor, filled(page))

    (media,) = await rows(Media)
    assert media.state is MediaState.PROCESSING
    assert "Being made ready" in page.text
    assert "data-waits" in page.html
    assert refused.status == 422
    assert "A file is still being made ready" in refused.text
    assert ids_in(refused) == [str(media.id)]


async def test_a_file_that_could_not_be_made_says_why(doctor, attach, rows, database):
    page = await attach(await doctor.get("/compose"), text="x")
    async with database.transaction() as session:
        media = (await session.scalars(select(Media))).one()
        media.state = MediaState.FAILED
        media.error = "Validation failed: File could not be processed"

    part = await doctor.get(f"/compose/files/{media.id}")

    assert "A file cannot be read; it may be damaged" in part.text
    assert ids_in(page) == ids_in(part)


async def test_F12_anothers_file_is_neither_shown_nor_removed_nor_published(
    doctor, reader, attach, rows
):
    page = await attach(await doctor.get("/compose"), text="x")
    (id,) = ids_in(page)
    foreign = await reader.get("/compose")
    token = foreign.forms["/compose"]["csrf_token"]

    shown = await reader.get(f"/compose/files/{id}")
    removed = await reader.post(f"/compose/files/{id}/remove", {"csrf_token": token})
    sent = await send(reader, filled(foreign, ("media", id), text="x"))

    assert (shown.status, removed.status, sent.status) == (404, 200, 422)
    assert "is not there any more, or belongs to another post" in sent.text
    assert ids_in(sent) == []
    assert len(await rows(Media)) == 1


async def test_a_file_is_removed_by_our_script(doctor, attach, rows):
    page = await attach(await doctor.get("/compose"), text="x")
    (id,) = ids_in(page)
    token = page.forms["/compose"]["csrf_token"]

    assert (await doctor.post(f"/compose/files/{id}/remove", {"csrf_token": "x"})).status == 403
    await doctor.post(f"/compose/files/{id}/remove", {"csrf_token": token})

    assert await rows(Media) == []


async def test_a_posted_file_is_not_removed_with_the_composer(doctor, attach, rows):
    page = await attach(await doctor.get("/compose"), text="x")
    (id,) = ids_in(page)
    await send(doctor, filled(page))

    await doctor.post(
        f"/compose/files/{id}/remove", {"csrf_token": page.forms["/compose"]["csrf_token"]}
    )

    assert len(await rows(Media)) == 1


async def test_a_stranger_attaches_nothing(stranger, rows):
    for path in ("/compose/files", "/compose/files/1/remove"):
        sent = await stranger.post(path, {}, files={"file": file_part(PNG)})
        assert sent.location.startswith("/auth/sign-in")
    assert (await stranger.get("/compose/files/1")).location.startswith("/auth/sign-in")
    assert await rows(Media) == []


async def test_no_more_files_are_taken_at_once_than_a_post_may_have():
    assert _TAKEN.most == 8
