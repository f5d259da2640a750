"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from core.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_explained_and_no_other():
    text = (ROOT / "docs" / "settings.md").read_text()
    told = set(re.findall(rf"^\| `({PREFIX}[A-Z_]+)`", text, re.MULTILINE))

    assert told == {PREFIX + name.upper() for name in Settings.model_fields}


def test_federation_md_lists_the_activities_that_are_handled():
    from inbox.dispatch import HANDLERS

    text = (ROOT / "FEDERATION.md").read_text()
    section = text.partition("## Activities")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `([A-Z][A-Za-z]+)\(", section, re.MULTILINE))

    assert told == set(HANDLERS)


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
