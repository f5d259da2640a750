"""PDF documents written anew: their pages stay, what they say and would do does not."""

from __future__ import annotations

import io

import pytest

import pictures
from core.errors import InvalidInput
from making_files import made_of
from media.documents import bare_jpeg
from media.models import MediaKind
from media.pictures import Refused
from pictures import NAME, encoded, opened, picture

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")


def document(*, pages=2, change=None, password=None) -> bytes:
    """Return a PDF that says who it is about; `change` may do more to its writer."""
    from PIL import Image

    drawn = [picture(200, 100) for _ in range(pages)]
    target = io.BytesIO()
    drawn[0].save(target, "PDF", save_all=True, append_images=drawn[1:], title=NAME, author=NAME)
    assert isinstance(drawn[0], Image.Image)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(target.getvalue()))
    if change is not None:
        change(writer)
    if password:
        writer.encrypt(password)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def text_of_everything(data: bytes) -> str:
    """Return every object of a document, streams decoded where they can be."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    said = [str(reader.metadata), str(reader.trailer)]
    for number in range(1, 200):
        found = reader.get_object(number)
        said.append(str(found))
        if hasattr(found, "_data"):
            said.append(str(found._data))
    return "".join(said)


async def test_the_pages_of_a_document_stay(tmp_path):
    made, served = await made_of(tmp_path, document(), "document")

    assert (made.kind, made.mime, made.preview_mime) == (
        MediaKind.DOCUMENT,
        "application/pdf",
        "",
    )
    read = pypdf.PdfReader(io.BytesIO(served))
    assert len(read.pages) == 2
    assert read.pages[0].mediabox.width > 0
    assert len(read.pages[0].images) == 1


def notes(writer):
    from pypdf.annotations import FreeText, Link
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

    note = FreeText(text=NAME, rect=(5, 5, 50, 50))
    note[NameObject("/T")] = TextStringObject(NAME)
    writer.add_annotation(0, note)
    writer.add_annotation(0, Link(rect=(1, 1, 9, 9), url="https://has.example/"))
    xmp = DecodedStreamObject()
    xmp.set_data(f"<x:xmpmeta>{NAME}</x:xmpmeta>".encode())
    xmp[NameObject("/Type")] = NameObject("/Metadata")
    kept = writer._add_object(xmp)
    writer.root_object[NameObject("/Metadata")] = kept
    writer.pages[0][NameObject("/Metadata")] = kept
    private = DictionaryObject({NameObject("/App"): TextStringObject(NAME)})
    writer.pages[1][NameObject("/PieceInfo")] = private
    writer.add_outline_item(title=NAME, page_number=0)


async def test_F10_nothing_that_a_document_says_of_itself_is_left(tmp_path):
    data = document(change=notes)
    assert NAME in text_of_everything(data)

    _, served = await made_of(tmp_path, data, "document")

    assert NAME not in text_of_everything(served)
    assert NAME.encode() not in served
    read = pypdf.PdfReader(io.BytesIO(served))
    assert not read.metadata
    assert [note.get_object()["/Subtype"] for note in read.pages[0]["/Annots"]] == ["/Link"]


async def test_F10_a_picture_in_a_document_says_nothing_either():
    telling = pictures.telling_jpeg()

    bare = bare_jpeg(telling)

    assert NAME.encode() in telling
    assert NAME.encode() not in bare
    assert opened(bare).tobytes() == opened(telling).tobytes()
    for broken in (b"", b"\xff\xd8", telling[:20], encoded(picture(), "PNG")):
        with pytest.raises(Refused):
            bare_jpeg(broken)


def script(writer):
    from pypdf.actions import JavaScript

    writer.add_open_action(JavaScript("app.alert(1)"))


def carried(writer):
    writer.add_attachment("Dupont.txt", NAME.encode())


def launch(writer):
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")}
    )


@pytest.mark.parametrize("change", [script, carried, launch])
async def test_F06_a_document_that_does_something_is_refused(tmp_path, change):
    with pytest.raises(InvalidInput, match="runs or carries"):
        await made_of(tmp_path, document(change=change), "document")


async def test_F06_a_document_that_cannot_be_read_is_refused(tmp_path):
    locked = document(password="1961")
    for data in (locked, document()[:400], b"%PDF-1.7\n" + b"a" * 500, b"%PDF-" + b"[" * 90_000):
        with pytest.raises(InvalidInput, match="encrypted|damaged|pages|memory|processed"):
            await made_of(tmp_path, data, "document")


def leading(*addresses):
    def change(writer):
        from pypdf.annotations import Link
        from pypdf.generic import DictionaryObject, NameObject, TextStringObject

        for address in addresses:
            link = Link(rect=(1, 1, 9, 9), url=address)
            follows = {NameObject("/S"): NameObject("/URI")}
            follows[NameObject("/URI")] = TextStringObject(address)
            link["/A"][NameObject("/Next")] = DictionaryObject(follows)
            writer.add_annotation(0, link)

    return change


async def test_F06_a_document_leads_to_the_web_and_nowhere_else(tmp_path):
    of_the_web = ["https://has.example/", "HTTP://has.example/a", "mailto:a@has.example"]
    others = ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "\\\\host\\share"]

    _, served = await made_of(tmp_path, document(change=leading(*of_the_web, *others)), "document")

    notes = pypdf.PdfReader(io.BytesIO(served)).pages[0]["/Annots"]
    actions = [note.get_object()["/A"] for note in notes]
    for found in (actions, [action["/Next"] for action in actions]):
        assert [one["/URI"] for one in found if "/URI" in one] == of_the_web
