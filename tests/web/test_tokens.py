"""The colours: every pair that is used has the contrast of WCAG 2.2, by day and by night."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).resolve().parents[2] / "web" / "style"
TEXT, LARGE = 4.5, 3.0
# What is written or drawn on what.
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-soft", "accent", "accent-deep")
      for ground in ("paper", "sheet", "sunken")),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-deep", TEXT),
    ("badge", "paper", TEXT),
    ("badge", "sheet", TEXT),
    ("badge", "badge-wash", TEXT),
    ("ink", "badge-wash", TEXT),
    ("amber", "amber-wash", TEXT),
    ("ink", "amber-wash", TEXT),
    ("accent", "amber-wash", TEXT),
    ("red", "red-wash", TEXT),
    ("ink", "red-wash", TEXT),
    ("line-strong", "paper", LARGE),
    ("line-strong", "sheet", LARGE),
    ("red", "sheet", LARGE),
    ("amber", "sheet", LARGE),
]  # fmt: skip


def tokens():
    """Return {"light": {name: colour}, "dark": …} as the file says."""
    text = (STYLE / "00-tokens.css").read_text()
    colour = "(#[0-9a-f]{6})"
    found = re.findall(rf"--([a-z-]+):\s*light-dark\({colour}, {colour}\);", text)
    return {
        "light": {name: by_day for name, by_day, _ in found},
        "dark": {name: by_night for name, _, by_night in found},
    }


def sheets():
    """Return every sheet but the tokens and what is for paper."""
    return "".join(
        path.read_text()
        for path in sorted(STYLE.glob("*.css"))
        if path.name not in {"00-tokens.css", "90-print.css"}
    )


def luminance(colour):
    def linear(part):
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "needed"), PAIRS)
def test_what_is_written_can_be_read(scheme, ink, ground, needed):
    colours = tokens()[scheme]

    assert contrast(colours[ink], colours[ground]) >= needed


def test_every_colour_has_a_light_and_a_dark_value():
    text = (STYLE / "00-tokens.css").read_text()

    assert len(tokens()["light"]) >= 15
    assert re.findall(r"--[a-z-]+:\s*#", text) == []


def test_the_style_names_no_colour_itself():
    style = sheets()

    assert re.findall(r":[^;{}]*#[0-9a-fA-F]{3,8}\b", style) == []
    assert not re.search(r"\b(rgb|hsl)a?\(", style)


def test_the_badges_blue_is_used_for_nothing_else():
    style = sheets()
    rules = re.findall(r"([^{}]+)\{([^{}]*var\(--badge(?:-wash)?\)[^{}]*)\}", style)

    assert rules
    assert all("badge" in selector for selector, _ in rules)


def test_nothing_is_loaded_from_elsewhere():
    for path in STYLE.glob("*.css"):
        assert "url(" not in path.read_text()
        assert "@import" not in path.read_text()
