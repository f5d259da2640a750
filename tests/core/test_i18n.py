"""Languages: texts, dates, choice; and that French says everything."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.i18n import DOMAIN, NAMES, choose_language, load_languages

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "web" / "locale"
MORNING = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
METHODS = [
    ("core/i18n.py", "python"),
    ("notifications/wording.py", "python"),
    ("users/letters.py", "python"),
    ("web/**.py", "python"),
    ("web/templates/**.html", "jinja2"),
]


def catalogue(code):
    return read_po(BytesIO((LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po").read_bytes()))


def texts_in_use():
    keywords = DEFAULT_KEYWORDS | {"mark": None}
    options = {"web/templates/**.html": {"encoding": "utf-8"}}
    found = extract_from_dir(ROOT, METHODS, options, keywords, directory_filter=only_ours)
    return {text[0] if isinstance(text, tuple) else text for _, _, text, _, _ in found}


def only_ours(folder):
    inside = Path(folder).relative_to(ROOT).parts
    return not inside or inside[0] in {"core", "notifications", "users", "web"}


@pytest.fixture
def languages(tmp_path):
    """The languages, compiled here and now."""
    for code in set(NAMES) - {"en"}:
        folder = tmp_path / code / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / f"{DOMAIN}.mo").open("wb") as file:
            write_mo(file, catalogue(code))
    return load_languages(tmp_path)


@pytest.mark.parametrize("code", sorted(set(NAMES) - {"en"}))
def test_every_text_of_the_pages_is_translated(code):
    known = catalogue(code)
    said = {entry.id[0] if entry.pluralizable else entry.id: entry for entry in known if entry.id}

    used = texts_in_use()

    assert len(used) > 100
    assert used - said.keys() == set()
    assert said.keys() - used == set(), "no longer used"
    assert [key for key, entry in said.items() if entry.fuzzy or not all_said(entry)] == []


def all_said(entry):
    return all(entry.string) if entry.pluralizable else bool(entry.string)


@pytest.mark.parametrize("code", sorted(set(NAMES) - {"en"}))
def test_a_translation_names_the_same_values(code):
    def values(text):
        return set(re.findall(r"%\((\w+)\)[ds]", text))

    for entry in catalogue(code):
        if not entry.id:
            continue
        ids = entry.id if entry.pluralizable else (entry.id,)
        strings = entry.string if entry.pluralizable else (entry.string,)
        assert all(values(text) == values(ids[-1]) for text in strings), entry.id


def test_a_text_is_filled_in(languages):
    french, english = languages["fr"], languages["en"]

    assert english.gettext("Post by %(name)s", name="A") == "Post by A"
    assert french.gettext("Post by %(name)s", name="A") == "Publication de A"
    assert english.ngettext("%(n)d reply", "%(n)d replies", 1) == "1 reply"
    assert french.ngettext("%(n)d reply", "%(n)d replies", 2) == "2 réponses"


def test_days_are_written_as_people_write_them(languages):
    first = MORNING.replace(day=1)

    assert languages["en"].date(MORNING) == "22 November 2026"
    assert languages["fr"].date(MORNING) == "22 novembre 2026"
    assert languages["fr"].date(first) == "1er novembre 2026"
    assert languages["en"].moment(MORNING) == "22 November 2026, 10:05 UTC"
    assert languages["fr"].moment(MORNING) == "22 novembre 2026 à 10:05 UTC"


@pytest.mark.parametrize(
    ("passed", "english", "french"),
    [
        (timedelta(seconds=-5), "just now", "à l’instant"),
        (timedelta(seconds=59), "just now", "à l’instant"),
        (timedelta(minutes=5), "5 min ago", "il y a 5 min"),
        (timedelta(hours=23, minutes=59), "23 h ago", "il y a 23 h"),
        (timedelta(days=1), "1 day ago", "il y a 1 jour"),
        (timedelta(days=6, hours=23), "6 days ago", "il y a 6 jours"),
        (timedelta(days=7), "on 22 November 2026", "le 22 novembre 2026"),
    ],
)
def test_the_recent_past_is_counted(languages, passed, english, french):
    assert languages["en"].ago(MORNING, MORNING + passed) == english
    assert languages["fr"].ago(MORNING, MORNING + passed) == french


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (["fr"], "fr"),
        ([None, "", "de-DE", "fr-CA", "en"], "fr"),
        (["en-GB", "fr"], "en"),
        (["FR_be"], "fr"),
        (["../../etc"], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_we_speak_is_chosen(wanted, code):
    assert choose_language(wanted) == code


def test_without_a_compiled_catalogue_the_texts_are_english(tmp_path, capsys):
    shutil.copytree(LOCALE, tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))

    languages = load_languages(tmp_path / "locale")

    assert languages["fr"].gettext("Sign in") == "Sign in"
