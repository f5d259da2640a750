"""PDF documents written anew: their pages, and nothing that they say of themselves or would do.

Runs in the sandbox only; see `media/process.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from media.pictures import Refused

if TYPE_CHECKING:
    from pypdf import PdfWriter

MAX_PAGES = 500
MAX_OBJECTS = 200_000
# What runs, opens, sends or carries something: a document with it is refused.
_ACTIONS = frozenset(
    {
        "/JavaScript",
        "/Launch",
        "/ImportData",
        "/SubmitForm",
        "/GoToR",
        "/GoToE",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMediaExecute",
    }
)
_ACTIVE = frozenset({"/JS", "/JavaScript", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent"})
# Where a link may lead.
_WEB = ("http://", "https://", "mailto:")
_CARRIED = frozenset({"/EmbeddedFile", "/Filespec", "/F"})
# What a page or a picture in it says of who made it, when, and with what.
_SAID = (
    *("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/Thumb", "/StructParents", "/ID"),
    *("/Measure", "/PtData", "/OPI", "/AF", "/SpiderInfo", "/Alternates"),
)


def make_document(folder: Path) -> dict[str, Any]:
    """Write the pages of the document `in` to `main`; raises Refused for what is not taken."""
    from pypdf import PdfReader, PdfWriter

    try:
        reader = PdfReader(folder / "in")
        if reader.is_encrypted:
            raise Refused("an encrypted document is not taken")
        pages = len(reader.pages)
        if not 0 < pages <= MAX_PAGES:
            raise Refused(f"a document of {pages} pages is not taken")
        # Before anything falls away: one that would do something is not silently disarmed.
        _require_still(reader.trailer["/Root"])
        writer = PdfWriter()
        for page in reader.pages:
            writer.add_page(page)
        _strip(writer)
        # What nothing names any more would be written all the same.
        writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
        with (folder / "main").open("wb") as target:
            writer.write(target)
    except (Refused, MemoryError):
        raise
    except OSError:
        raise
    except Exception as error:
        raise Refused("the document is damaged") from error
    return {"kind": "document", "mime": "application/pdf"}


def _require_still(root: Any) -> None:
    """Raise Refused for a document that runs, opens, sends or carries something."""
    for found in _dictionaries(root):
        kind, action = str(found.get("/Type", "")), str(found.get("/S", ""))
        if action in _ACTIONS or kind in _CARRIED or _ACTIVE & {str(key) for key in found}:
            raise Refused("a document that runs or carries something is not taken")


def _dictionaries(root: Any) -> Iterator[Any]:
    """Walk what hangs on an object, each thing once."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [root]
    walked = 0
    while waiting:
        walked += 1
        if walked > MAX_OBJECTS:
            raise Refused("a document of so many parts is not taken")
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            place = (one.idnum, one.generation)
            if place in seen:
                continue
            seen.add(place)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            yield one
            waiting.extend(dict.values(one))
        elif isinstance(one, ArrayObject):
            waiting.extend(list.__iter__(one))


def _strip(writer: PdfWriter) -> None:
    from pypdf.generic import ArrayObject, NameObject, StreamObject

    writer.metadata = None
    for page in writer.pages:
        links = [note for note in page.get("/Annots", ()) if _is_link(note.get_object())]
        page[NameObject("/Annots")] = ArrayObject(links)
    for found in _dictionaries(writer.root_object):
        for name in _SAID:
            found.pop(name, None)
        if "/URI" in found and not _is_of_the_web(found["/URI"]):
            del found["/URI"]
        filters = found.get("/Filter")
        if not isinstance(found, StreamObject) or filters is None:
            continue
        if filters in ("/DCTDecode", ["/DCTDecode"]):
            found._data = bare_jpeg(found._data)
        elif "DCT" in str(filters) or "JPX" in str(filters):
            # Their own words cannot be taken out of these.
            raise Refused("a document with pictures in such a format is not taken")


def _is_link(note: Any) -> bool:
    """Tell whether an annotation leads somewhere; what people noted falls away."""
    if note.get("/Subtype") != "/Link":
        return False
    for name in ("/Contents", "/T", "/NM", "/M", "/PA"):
        note.pop(name, None)
    return True


def _is_of_the_web(address: Any) -> bool:
    text = address.decode("latin-1") if isinstance(address, bytes) else str(address)
    return text.lower().startswith(_WEB)


def bare_jpeg(data: bytes) -> bytes:
    """Return a JPEG without what it says of itself; its pixels, colours and inks stay.

    Raises Refused for what is none.
    """
    if data[:2] != b"\xff\xd8":
        raise Refused("a picture in the document is damaged")
    kept, at = bytearray(data[:2]), 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1]
        if marker == 0xDA:
            return bytes(kept + data[at:])
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if size < 2:
            break
        # JFIF, colour profiles and Adobe's word on inks are needed; other APPn and comments not.
        if marker in {0xE0, 0xE2, 0xEE} or not (0xE1 <= marker <= 0xEF or marker == 0xFE):
            kept += data[at : at + 2 + size]
        at += 2 + size
    raise Refused("a picture in the document is damaged")
