"""A post of one's own is changed: words and files, never its readers."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from filling import file_part, filled
from media.models import Media
from pictures import encoded, picture
from posts.models import Post, PostEdit


@pytest.fixture
def rows(database):
    async def find(kind):
        async with database.read() as session:
            return list(await session.scalars(select(kind).order_by(kind.id)))

    return find


async def send(browser, path, form, **headers):
    return await browser.post(path, form, files={}, **headers)


@pytest.fixture
async def own(doctor, rows):
    """A post that the doctor wrote; returns the path at which it is edited."""
    page = await doctor.get("/compose")
    form = filled(page, text="Première #version", warning="W", audience="doctors", language="fr")
    await send(doctor, "/compose", form)
    (post,) = await rows(Post)
    return f"/@alice/{post.id}/edit"


async def test_a_post_is_shown_as_it_was_typed_with_its_readers_fixed(doctor, own):
    page = await doctor.get(own)

    form = page.forms[own]
    assert (form["text"], form["warning"], form["language"]) == ("Première #version", "W", "fr")
    assert "audience" not in form and "choice" not in form
    assert "a change goes to whom the post went" in page.text


async def test_a_change_is_saved_and_the_earlier_wording_kept(doctor, own, rows):
    page = await doctor.get(own)
    sent = await send(doctor, own, filled(page, action=own, text="Seconde", warning=""))

    (post,), (earlier,) = await rows(Post), await rows(PostEdit)
    assert sent.location == own.removesuffix("/edit")
    assert (post.source_text, post.content_warning, post.visibility) == ("Seconde", None, "doctors")
    assert earlier.source_text == "Première #version"


async def test_our_script_is_told_where_the_post_is(doctor, own):
    page = await doctor.get(own)
    sent = await send(doctor, own, filled(page, action=own, text="Seconde"), Consilium_Part="1")

    assert f'data-go="{own.removesuffix("/edit")}"' in sent.html


async def test_what_is_wrong_is_said_and_kept(doctor, own, rows):
    page = await doctor.get(own)
    refused = await send(doctor, own, filled(page, action=own, text="x" * 5001))

    assert refused.status == 422
    assert "Nothing was changed; all that you wrote is here" in refused.text
    assert refused.forms[own]["text"] == "x" * 5001
    assert await rows(PostEdit) == []


async def test_files_are_added_described_and_taken_out(doctor, own, rows):
    def file():
        return {"file": file_part(encoded(picture(), "PNG"))}

    page = await doctor.get(own)
    attached = await doctor.post("/compose/files", filled(page, action=own), files=file())
    (id,) = re.findall(r'name="media" value="(\d+)"', attached.html)
    await send(doctor, own, filled(attached, action=own, **{f"description-{id}": "Un tracé"}))
    (post,) = await rows(Post)
    assert [row["description"] for row in post.attachments] == ["Un tracé"]

    unchanged = await doctor.get(own)
    await send(doctor, own, filled(unchanged, action=own))
    assert len(await rows(PostEdit)) == 1
    await send(doctor, own, filled(unchanged, action=own, **{f"description-{id}": "Le tracé"}))
    (post,) = await rows(Post)
    assert [row["description"] for row in post.attachments] == ["Le tracé"]

    form = filled(await doctor.get(own), action=own, act=f"drop-{id}")
    without = await send(doctor, "/compose/files", form)
    await send(doctor, own, filled(without, action=own))
    (post,) = await rows(Post)
    assert (post.attachments, await rows(Media)) == ([], [])


async def test_H12_anothers_post_is_not_there_to_be_changed(reader, doctor, own, say, carol, rows):
    form = (await doctor.get(own)).forms[own]
    others = await say(carol)

    assert (await reader.get(own)).status == 404
    assert (await doctor.get(f"/@carol/{others.id}/edit")).status == 404
    assert (await doctor.get(f"/@alice/{others.id}/edit")).status == 404
    token = (await reader.get("/compose")).forms["/compose"]["csrf_token"]
    sent = await send(reader, own, form | {"csrf_token": token, "text": "Volé"})
    assert sent.status == 404
    assert [post.source_text for post in await rows(Post)][0] == "Première #version"


async def test_H20_a_form_of_another_page_changes_nothing(doctor, stranger, own, rows):
    form = (await doctor.get(own)).forms[own] | {"csrf_token": "x", "text": "Volé"}

    assert (await send(doctor, own, form)).status == 403
    assert (await send(stranger, own, form)).location.startswith("/auth/sign-in")
    assert (await stranger.get(own)).location.startswith("/auth/sign-in")
    assert await rows(PostEdit) == []
