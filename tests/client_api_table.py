"""Write docs/client-api.md: every endpoint, who may call it, which apps do (make client-api)."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from api.routes import TABLES  # noqa: E402
from api.routing import Door, Route  # noqa: E402
from api_walk import TABLE, VISITS, Visit  # noqa: E402

PAGE = ROOT / "docs" / "client-api.md"
_APPS = ("Elk", "IceCubes", "Phanpy", "Tusky", "toot", "Mastodon.py")
_DOORS = {
    Door.ANYONE: "anyone",
    Door.PROFILES: "signed in; anyone where profiles are public",
    Door.POSTS: "signed in; anyone where posts are public",
    Door.DIRECTORY: "signed in; anyone where the directory is public",
    Door.TOKEN: "any token",
    Door.USER: "signed in",
}
_HEAD = """# The client API, endpoint by endpoint

Written by `make client-api`; a test compares this page with the routes, and another walks every
endpoint that Elk, Ice Cubes, Phanpy, Tusky or toot calls, with real content, in both directions of
its pages, against the published types of Mastodon's API.

{served} of the {documented} endpoints that Mastodon documents or routes are served, {core} of the
{asked} that one of these five apps calls outside administration. What is not served answers 404.
Which version clients are told: [decisions/0012](decisions/0012-what-clients-are-told.md).

**Who** is who may call at all (`CONSILIUM_PUBLIC_PAGES` opens some to strangers); a token needs one
of the scopes.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """An endpoint of the table: as documented, as served, or both."""

    method: str
    path: str
    area: str
    apps: tuple[str, ...]
    admin: bool
    route: Route | None

    @property
    def is_core(self) -> bool:
        return not self.admin and bool(set(_APPS[:5]) & set(self.apps))


def lines() -> list[Line]:
    """Return every endpoint that is documented or served, in the order of the documentation."""
    routes = {(route.method, _shape(route.path)): route for route in _routes()}
    found = []
    with TABLE.open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            apps = tuple(app for app in _APPS if app in row["clients_using"].split(","))
            route = routes.pop((row["method"], _shape(row["path"])), None)
            known = (row["method"], row["path"], row["area"], apps)
            found.append(Line(*known, admin=row["admin"] == "y", route=route))
    ours = sorted(routes.values(), key=lambda route: (route.path, route.method))
    return found + [
        Line(route.method, _documented(route.path), "our own", (), False, route) for route in ours
    ]


def page(found: Iterable[Line]) -> str:
    """Write the page."""
    every = list(found)
    documented = [line for line in every if line.area != "our own"]
    core = [line for line in documented if line.is_core]
    head = _HEAD.format(
        served=_served(documented), documented=len(documented), core=_served(core), asked=len(core)
    )
    parts = [head]
    by_area = sorted(every, key=lambda line: (line.area == "our own", line.area))
    for area, those in groupby(by_area, key=lambda line: line.area):
        shown = [line for line in those if line.route is not None or line.is_core]
        if shown:
            parts.append(_section(area, shown))
    return "\n".join(parts)


def _section(area: str, those: Iterable[Line]) -> str:
    rows = [f"## {area.replace('_', ' ')}", "", "| endpoint | who | scopes | pages | apps |"]
    rows.append("|---|---|---|---|---|")
    return "\n".join(rows + [_row(line) for line in those]) + "\n"


def _row(line: Line) -> str:
    paged = "yes" if VISITS.get((line.method, line.path), Visit()).paged else ""
    who, scopes = "not served", ""
    if line.path == "/oauth/authorize":
        who = "a page"
    elif line.route is not None:
        who = _DOORS[line.route.door]
        scopes = " or ".join(f"`{scope}`" for scope in line.route.scopes)
    cells = (f"`{line.method} {line.path}`", who, scopes, paged, ", ".join(line.apps))
    return f"| {' | '.join(cells)} |"


def _served(those: Iterable[Line]) -> int:
    return sum(line.route is not None or line.path == "/oauth/authorize" for line in those)


def _routes() -> Iterator[Route]:
    for name, routes in TABLES.items():
        if name != "api_rest":
            yield from routes


def _documented(path: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r":\1", path)


def _shape(path: str) -> str:
    return re.sub(r"<[^>]+>|:\w+", ":", path)


if __name__ == "__main__":
    PAGE.write_text(page(lines()))
