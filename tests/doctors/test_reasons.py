"""Why a credential gives no badge: kept in English, read in the reader's language."""

from __future__ import annotations

import re
from gettext import NullTranslations
from pathlib import Path

import pytest

from core.i18n import Language
from doctors import reasons
from doctors.reasons import Reason, translate_reason

HOUSE = Path(reasons.__file__).resolve().parent.parent
# Where the sentences stand that judging a credential passes on.
SOURCES = (
    "doctors/own.py",
    "federation/client.py",
    "federation/proofs.py",
    "federation/documents/credential.py",
    "federation/documents/lenient.py",
)
# Said of other requests, or of bytes that are no document at all: read as they are.
NOT_SAID = ("not an ActivityPub document", "not JSON", "no files are taken", "took too long",
            "to no address", "to another origin", "the document has no id", "NUL", "nested more",
            "no JSON number", "a number is too", "the document's id is not", "gone",
            "it was revoked")  # fmt: skip
TOLD = re.compile(
    r"raise (?:Untrusted|InvalidDocument|FetchFailed|NotFound|Gone|Withheld)\(\s*f?\"([^\"]+)\""
)


class Marked(NullTranslations):
    """A language like English that shows what was translated."""

    def gettext(self, message):
        return f"«{message}»"


OTHER = Language("xx", "Other", Marked())


def raised():
    for name in SOURCES:
        for words in TOLD.findall((HOUSE / name).read_text()):
            if not any(part in words for part in NOT_SAID):
                yield re.sub(r"^{[^}]+}: ", "https://b.example/x: ", words)


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.name)
def test_each_reason_is_found_again_with_its_values(reason):
    values = dict.fromkeys(re.findall(r"%\((\w+)\)s", reason), "b.example")

    said = translate_reason(OTHER, reason % values)

    assert said == OTHER.gettext(reason, **values)
    assert said.count("b.example") == len(values)


@pytest.mark.parametrize("sentence", sorted(set(raised())))
def test_what_reading_a_document_says_is_among_them(sentence):
    said = translate_reason(OTHER, re.sub(r"{[^}]+}", "404", sentence))

    assert said is not None
    assert said != sentence


def test_about_which_document_it_is_said_stays():
    said = translate_reason(OTHER, "https://b.example/credentials/1: the proof is not by this key")

    assert said == "https://b.example/credentials/1: «the proof is not by this key»"


@pytest.mark.parametrize("kept", ["", "something else", "b.example: no connection"])
def test_what_is_not_ours_is_left_as_it_is(kept):
    assert translate_reason(OTHER, kept) is None
