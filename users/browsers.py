"""What a browser says of itself, in the few words that its person knows it by."""

from __future__ import annotations

UNKNOWN = "Unknown browser"
_LONGEST = 512
# The more particular first: nearly all of them also call themselves Chrome and Safari.
_BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/", "OPT/", "Opera")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Vivaldi", ("Vivaldi/",)),
    ("Firefox", ("Firefox/", "FxiOS/", "Focus/")),
    ("Chrome", ("Chrome/", "CriOS/", "Chromium/")),
    ("Safari", ("Safari/",)),
)
_SYSTEMS = (
    ("iPhone", ("iPhone", "iPod")),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("Windows", ("Windows",)),
    ("ChromeOS", ("CrOS",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11")),
)


def name_browser(user_agent: str | None) -> str:
    """Return "Firefox on Android", "Firefox" or "Unknown browser"; no word of the sender's own."""
    said = (user_agent or "")[:_LONGEST]
    browser, system = _first(_BROWSERS, said), _first(_SYSTEMS, said)
    if not browser:
        return UNKNOWN
    return f"{browser} on {system}" if system else browser


def split_name(device: str) -> tuple[str, str]:
    """Return the browser and its system, empty where unknown, of what `name_browser` made."""
    if not device or device == UNKNOWN:
        return "", ""
    browser, _, system = device.partition(" on ")
    return browser, system


def _first(names: tuple[tuple[str, tuple[str, ...]], ...], said: str) -> str:
    for name, marks in names:
        if any(mark in said for mark in marks):
            return name
    return ""
