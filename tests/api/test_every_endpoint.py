"""Every endpoint that Elk, Ice Cubes, Phanpy, Tusky or toot calls: served, filled, well formed.

What `ask` gets is checked against the published types, whatever the answer.
"""

from __future__ import annotations

import re

import pytest
import pytest_asyncio

from api.routes import TABLES
from api_scene import populate
from api_walk import ELSEWHERE, VISITS, Row, Visit, address, filled, picture, rows

ROWS = rows()
READ = [row for row in ROWS if row.method == "GET" and row.key not in ELSEWHERE]
WRITTEN = [row for row in ROWS if row.method != "GET"]
PAGED = [row for row in READ if VISITS.get(row.key, Visit()).paged]
MANY = 40
GOING = ("/dismiss", "/reject", "/authorize", "/accept", "/revoke")

pytestmark = pytest.mark.skipif(not ROWS, reason="shared/mastodon-api is not beside the checkout")


@pytest_asyncio.fixture
async def scene(house):
    return await populate(house)


def named(row: Row) -> str:
    return f"{row.method} {row.path}"


def shape(path: str) -> str:
    """Return a path with its holes emptied, whatever they are called."""
    return re.sub(r"<[^>]+>|:\w+", ":", path)


def test_every_row_is_served():
    served = {
        (route.method, shape(route.path))
        for name, routes in TABLES.items()
        if name not in {"api_rest"}
        for route in routes
    }

    missing = [named(row) for row in ROWS if (row.method, shape(row.path)) not in served]

    assert missing == [named_of(key) for key in ELSEWHERE]


def named_of(key: tuple[str, str]) -> str:
    return " ".join(key)


async def visit(program, row: Row, names):
    """Call an endpoint as the table says."""
    wanted = VISITS.get(row.key, Visit())
    fields = filled(wanted.fields, names)
    if row.path.endswith("/media"):
        sent = {"files": {"file": picture()}}
    elif row.method == "GET":
        sent = {"query_string": fields} if fields else {}
    else:
        sent = {"form": fields} if wanted.form else {"json": fields}
    return wanted, await program.ask(row.method, address(row.path, names, wanted.holes), **sent)


async def test_what_is_read_is_there_and_well_formed(scene):
    wrong = []
    for row in READ:
        wanted, reply = await visit(scene.alice, row, scene.names)
        is_empty = wanted.filled and wanted.status == 200 and not reply.json
        if reply.status != wanted.status or is_empty:
            wrong.append((named(row), reply.status, reply.json))

    assert not wrong, "\n".join(map(str, wrong))


async def test_what_is_written_is_taken(scene):
    wrong = []
    for row in sorted(WRITTEN, key=takes_away):
        wanted, reply = await visit(scene.alice, row, scene.names)
        if reply.status != wanted.status:
            wrong.append((named(row), reply.status, reply.json))

    assert not wrong, "\n".join(map(str, wrong))


def takes_away(row: Row) -> tuple[bool, str, int, int]:
    """Return an order in which nothing is removed that a later endpoint works on.

    People are blocked last; within an area what removes the most comes last.
    """
    going = row.method == "DELETE" or row.path.endswith(GOING)
    loss = 2 * row.path.endswith("/clear") + going
    return row.area == "accounts", row.area, loss, -len(row.path)


async def test_pages_are_turned_in_both_directions(scene):
    wrong = []
    for row in PAGED:
        where = address(row.path, scene.names)
        whole = [key(each) for each in (await scene.alice.page(where, limit=MANY)).json]
        down, last = await turn(scene.alice, f"{where}?limit=1", "next")
        up, _ = await turn(scene.alice, last, "prev")
        if len(whole) < 2 or down != whole or up != whole[::-1]:
            wrong.append((named(row), whole, down, up))

    assert not wrong, "\n".join(map(str, wrong))


def key(entity) -> str:
    """Return what tells an entity from its neighbours."""
    if isinstance(entity, str):
        return entity
    return entity.get("id") or entity["name"]


async def turn(program, where, direction):
    """Follow the links of one direction; return what was on the pages, and the last page."""
    seen, last = [], where
    for _ in range(MANY):
        reply = await program.page(where)
        seen += [key(each) for each in reply.json]
        last = where if reply.json else last
        link = re.search(rf'<([^>]+)>; rel="{direction}"', reply.headers.get("Link", ""))
        if link is None or not reply.json:
            return seen, last
        where = link[1].removeprefix("http://a.localhost:8001")
    raise AssertionError(f"no end of {where}")
