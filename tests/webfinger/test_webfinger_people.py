"""Our own WebFinger over real rows: who is found, and what somebody learns who asks for everybody.

Catalogue cases E02, E11, E12.
"""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import event

from app import create_web_app
from core.clock import now
from core.settings import Signup
from factories import make_local_actor

HERE = "a.localhost:8001"
LIMIT = 300


@pytest_asyncio.fixture
async def app(settings, database):
    async with database.transaction() as session:
        await make_local_actor(session, "alice")
        (await make_local_actor(session, "dora")).deleted_at = now()
        (await make_local_actor(session, "sam")).suspended_at = now()
    made = create_web_app(settings)
    yield made
    await made.extensions["consilium"]["database"].close()


async def _ask(app, name, *, address="192.0.2.1", method="GET"):
    client = app.test_client()
    path = f"/.well-known/webfinger?resource=acct:{name}@{HERE}"
    answer = await client.open(path, method=method, scope_base={"client": (address, 4000)})
    return answer.status_code, await answer.get_data(), answer.headers


async def test_e02_who_is_deleted_or_suspended_is_as_absent_as_nobody(app):
    nobody = (await _ask(app, "nobody"))[:2]

    assert nobody[0] == 404
    assert (await _ask(app, "dora"))[:2] == nobody
    assert (await _ask(app, "sam"))[:2] == nobody
    assert (await _ask(app, "alice"))[0] == 200


async def test_e11_who_asks_for_name_after_name_is_stopped_and_learns_nothing_more(app):
    for number in range(LIMIT // 2):
        assert (await _ask(app, "alice"))[0] == 200
        assert (await _ask(app, f"name{number}"))[0] == 404

    for name in ("alice", "nobody"):
        status, body, headers = await _ask(app, name)
        assert (status, body) == (429, b'{"error":"too many requests"}')
        assert 0 < int(headers["retry-after"]) <= 300
    assert (await _ask(app, "alice", address="192.0.2.2"))[0] == 200


async def test_e11_a_name_that_is_here_costs_no_more_than_one_that_is_not(app):
    database = app.extensions["consilium"]["database"]
    statements: list[str] = []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    asked = {}
    for name in ("alice", "nobody", "sam"):
        statements.clear()
        await _ask(app, name)
        asked[name] = list(statements)

    assert asked["alice"] == asked["nobody"] == asked["sam"] != []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_e12_a_browser_of_another_origin_may_only_read(app, method):
    assert (await _ask(app, "alice", method=method))[0] == 405

    headers = (await _ask(app, "alice"))[2]
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    ("signup", "is_open"),
    [("closed", False), ("invitation", False), ("approval", True), ("open", True)],
)
async def test_nodeinfo_follows_the_setting(settings, database, signup, is_open):
    made = create_web_app(settings.model_copy(update={"signup": Signup(signup)}))

    answer = await made.test_client().get("/nodeinfo/2.0")

    assert (await answer.get_json())["openRegistrations"] is is_open
    await made.extensions["consilium"]["database"].close()
