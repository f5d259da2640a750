"""Languages: texts, dates, choice; and that French says everything."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from catalogues import compile_catalogue, speaking_from
from core.i18n import DOMAIN, Language, choose_language, load_languages

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "web" / "locale"
OTHERS = sorted(path.parent.parent.name for path in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
ROOMS = frozenset(
    "core db federation webfinger moderation media actors users posts notifications doctors outbox "
    "inbox api web workers cli".split()
)
MORNING = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
PORTUGUESE = """
msgid ""
msgstr ""
"Language: pt_BR\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "the name of this language, in this language"
msgstr "Português do Brasil"

msgid "Sign in"
msgstr "Entrar"
"""


def source(code):
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalogue(code):
    return read_po(BytesIO(source(code).read_bytes()))


def texts_in_use():
    return {
        text[0] if isinstance(text, tuple) else text for _, _, text, _, _ in extracted()
    }


def extracted():
    """What `make messages` gathers, by the same table of places."""
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = DEFAULT_KEYWORDS | {"mark": None}
    return list(
        extract_from_dir(ROOT, methods, options, keywords, directory_filter=only_ours)
    )


def only_ours(folder):
    inside = Path(folder).relative_to(ROOT).parts
    return not inside or (inside[0] in ROOMS and "node_modules" not in inside)


def test_no_room_names_a_text_where_nobody_gathers_it():
    gathered = {file for file, *_ in extracted()}
    naming = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"(?<!def )\bmark\(", path.read_text(encoding="utf-8"))
    }

    assert len(naming) > 10
    assert naming - gathered == set()


@pytest.fixture
def languages(tmp_path):
    """The languages, compiled here and now."""
    for code in OTHERS:
        compile_catalogue(tmp_path, code, source(code).read_bytes())
    return load_languages(tmp_path)


@pytest.mark.parametrize("code", OTHERS)
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


@pytest.mark.parametrize("code", OTHERS)
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
        (["fr-" * 20_000], "fr"),
        (["-", "-fr"], "en"),
        ([], "en"),
    ],
)
def test_the_first_language_that_we_speak_is_chosen(wanted, code):
    assert choose_language(wanted) == code


def test_without_a_compiled_catalogue_the_texts_are_english(tmp_path, capsys):
    shutil.copytree(LOCALE, tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))

    languages = load_languages(tmp_path / "locale")

    assert languages["fr"].gettext("Sign in") == "Sign in"


@pytest.fixture
def third(tmp_path):
    """A folder of catalogues with one more: what a translator sends, and no line of code."""
    folder = tmp_path / "web" / "locale"
    shutil.copytree(LOCALE, folder, ignore=shutil.ignore_patterns("*.mo"))
    place = folder / "pt_BR" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / f"{DOMAIN}.po").write_text(PORTUGUESE)
    return folder


def test_a_catalogue_that_is_put_beside_the_others_is_a_language(third):
    made = make(third, "pt_BR")

    languages = load_languages(third)

    assert made.returncode == 0, made.stderr
    assert list(languages) == ["en", "fr", "pt-BR"]
    assert languages["pt-BR"].name == "Português do Brasil"
    assert languages["pt-BR"].gettext("Sign in") == "Entrar"
    assert languages["pt-BR"].date(MORNING) == "22 November 2026"
    assert (languages["en"].name, languages["en"].gettext("Sign in")) == ("English", "Sign in")


def make(folder, code):
    """Compile a catalogue as `make setup` does, with the tools of these tests."""
    place = folder.parents[1]
    target = f"web/locale/{code}/LC_MESSAGES/{DOMAIN}.mo"
    command = ["make", "-f", ROOT / "Makefile", f"VENV={sys.prefix}"]
    return subprocess.run(
        [*command, "-o", f"{sys.prefix}/.installed", target],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_setup_compiles_every_catalogue_there_is(third):
    asked = ["make", "-n", "-f", ROOT / "Makefile", f"VENV={sys.prefix}",
             "-o", f"{sys.prefix}/.installed", f"{sys.prefix}/.ready"]  # fmt: skip

    planned = subprocess.run(asked, cwd=third.parents[1], capture_output=True, text=True)

    for code in [*OTHERS, "pt_BR"]:
        assert f"-o web/locale/{code}/LC_MESSAGES/{DOMAIN}.mo" in planned.stdout


def test_a_language_calls_itself_what_its_catalogue_says(languages):
    assert {code: one.name for code, one in languages.items()} == {
        "en": "English",
        "fr": "Français",
    }


def test_a_language_that_does_not_say_its_name_goes_by_its_code(tmp_path):
    place = tmp_path / "eo" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / f"{DOMAIN}.po").write_text('msgid "Sign in"\nmsgstr "Ensaluti"\n')

    assert load_languages(tmp_path)["eo"].name == "eo"


def test_more_exact_tags_are_looked_for_first(third):
    make(third, "pt_BR")

    with speaking_from(third):
        chosen = [choose_language([tag]) for tag in ("pt_br", "pt-BR-x-y", "PT-BR", "pt-PT", "pt")]

    assert chosen == ["pt-BR", "pt-BR", "pt-BR", "en", "en"]


@pytest.mark.parametrize(
    ("code", "direction"),
    [
        ("en", "ltr"), ("fr", "ltr"), ("ar", "rtl"), ("he", "rtl"), ("fa-IR", "rtl"),
        ("ku-Arab", "rtl"), ("es-AR", "ltr"), ("en-PS", "ltr"), ("ku", "ltr"),
    ],
)  # fmt: skip
def test_the_direction_is_that_of_the_language_or_its_script(code, direction):
    assert Language(code, code, NullTranslations()).direction == direction
