"""Houses whose pages speak other languages than those of `web/locale`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.i18n import DOMAIN, our_languages

ARABIC = """
msgid ""
msgstr ""
"Language: ar\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "the name of this language, in this language"
msgstr "العربية"

msgid "Sign in"
msgstr "تسجيل الدخول"

msgid "Appearance and language"
msgstr "المظهر واللغة"
"""


def compile_catalogue(folder: Path, code: str, text: bytes) -> None:
    """Write the compiled catalogue of a language into a folder of them."""
    place = folder / code / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / f"{DOMAIN}.mo").open("wb") as file:
        write_mo(file, read_po(BytesIO(text)))


@contextmanager
def speaking_from(folder: Path) -> Iterator[None]:
    """Let the pages speak the languages of a folder."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("core.i18n.FOLDER", folder)
        our_languages.cache_clear()
        yield
    our_languages.cache_clear()
