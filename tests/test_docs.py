"""The documents say what the code does."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from core.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_explained_and_no_other():
    text = (ROOT / "docs" / "settings.md").read_text()
    told = set(re.findall(rf"^\| `({PREFIX}[A-Z_]+)`", text, re.MULTILINE))

    assert told == {PREFIX + name.upper() for name in Settings.model_fields}


def test_federation_md_lists_what_is_understood_and_what_is_sent():
    from inbox.dispatch import HANDLERS, UNDERSTOOD
    from outbox.sent import SENT

    pair = r"^\| `([A-Z][A-Za-z]+\([A-Z][A-Za-z]+\))` \| (.+) \| (.+) \|$"
    rows = re.findall(pair, _federation("Activities"), re.MULTILINE)

    assert set(UNDERSTOOD) == set(HANDLERS)
    assert [name for name, *_ in rows] == sorted({name for name, *_ in rows})
    assert {name for name, received, _ in rows if received != "—"} == _pairs(UNDERSTOOD)
    assert {name for name, _, sent in rows if sent != "—"} == _pairs(SENT)


def test_federation_md_lists_what_is_left_alone():
    from inbox.dispatch import HANDLERS, IGNORED

    rows = re.findall(
        r"^\| `([A-Z][A-Za-z]+)` \| ([^|]+) \|$", _federation("Activities"), re.MULTILINE
    )

    assert dict(rows) == IGNORED
    assert not IGNORED.keys() & HANDLERS.keys()


def test_what_is_said_to_be_sent_is_what_the_outbox_builds():
    from outbox.sent import SENT

    built = set()
    for source in (ROOT / "outbox").glob("*.py"):
        for call in ast.walk(ast.parse(source.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "write_activity":
                built |= {one.value.value for one in call.keywords if one.arg == "type"}

    assert set(SENT) == built


def test_federation_md_lists_the_feps_that_the_code_names():
    rooms = [path for path in ROOT.iterdir() if (path / "__init__.py").exists()]
    named = set()
    for room in rooms:
        for source in room.rglob("*.py"):
            named |= set(re.findall(r"\bFEP-([0-9a-f]{4})\b", source.read_text()))
    told = set(re.findall(r"^\| \[([0-9a-f]{4})\]", _federation("FEPs"), re.MULTILINE))

    assert named <= told


def _federation(title: str) -> str:
    text = (ROOT / "FEDERATION.md").read_text()
    return text.partition(f"## {title}")[2].partition("\n## ")[0]


def _pairs(about: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {f"{verb}({thing})" for verb, things in about.items() for thing in things}


def test_links_between_documents_lead_somewhere():
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = []
    for document in documents:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")

    assert broken == []


def test_the_readme_names_the_commands_that_exist():
    makefile = (ROOT / "Makefile").read_text()
    readme = (ROOT / "README.md").read_text()
    for target in re.findall(r"(?:`|^ +)make ([a-z-]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
