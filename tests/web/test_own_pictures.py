"""Portrait and banner, sent by a form."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import FileStorage

from actors.models import Actor
from fakes.pictures import picture_bytes


@pytest.fixture
def send(doctor):
    async def post(token=None, **parts):
        page = await doctor.get("/settings/profile")
        own = page.forms["/settings/pictures"]["csrf_token"] if token is None else token
        files = {
            name: FileStorage(io.BytesIO(value), filename=f"{name}.png")
            for name, value in parts.items()
            if isinstance(value, bytes)
        }
        texts = {name: value for name, value in parts.items() if isinstance(value, str)}
        return await doctor.post(
            "/settings/pictures", {"csrf_token": own} | texts, files=files
        )

    return post


async def own(database, alice):
    async with database.read() as session:
        return await session.get_one(Actor, alice.id)


async def test_a_portrait_is_taken_in_shown_and_taken_back(send, doctor, database, alice):
    answer = await send(avatar=picture_bytes((400, 400)))

    kept = (await own(database, alice)).avatar_url
    assert answer.location == "/settings/profile?saved=1"
    assert kept and "/media/" in kept
    assert 'class="own-avatar" src="/media/' in (await doctor.get("/settings/profile")).html
    await send(remove="avatar")
    assert (await own(database, alice)).avatar_url is None


@pytest.mark.parametrize("wrong", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7 x"])
async def test_F06_what_is_no_picture_changes_nothing(send, database, alice, wrong):
    page = await send(avatar=wrong)

    assert page.status == 422
    assert "This is no picture" in page.text
    assert (await own(database, alice)).avatar_url is None


async def test_H20_a_form_of_another_page_changes_nothing(send, stranger, database, alice):
    assert (await send(token="x" * 112, avatar=picture_bytes((40, 40)))).status == 403
    answer = await stranger.post("/settings/pictures", {})
    assert answer.location.startswith("/auth/sign-in")
    assert (await own(database, alice)).avatar_url is None
