"""What our doors for servers answer, and how they read a request."""

from __future__ import annotations

import orjson
import pytest
from quart import Blueprint, Quart, request

from core import errors
from federation.responses import (
    accepted_response,
    activity_response,
    add_refusals,
    bytes_response,
    refusal_response,
    signed_request,
    status_of,
    wants_page,
)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Unauthenticated, 401),
        (errors.Untrusted, 401),
        (errors.Forbidden, 403),
        (errors.HostRefused, 403),
        (errors.NotFound, 404),
        (errors.Gone, 410),
        (errors.TooLarge, 413),
        (errors.UnsupportedType, 415),
        (errors.InvalidDocument, 400),
        (errors.InvalidInput, 422),
        (errors.FetchUnavailable, 503),
        (errors.TemporaryError, 503),
        (errors.FetchFailed, 400),
    ],
)
async def test_each_kind_of_error_has_its_status(kind, status):
    answer = refusal_response(kind("what went wrong"))

    assert answer.status_code == status_of(kind("")) == status
    assert orjson.loads(await answer.get_data())["error"]
    assert ("retry-after" in answer.headers) == (status == 503)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert ("accept-signature" in answer.headers) == (status == 401)


async def test_a_404_tells_nothing():
    answers = [refusal_response(errors.NotFound(text)) for text in ("no such post", "not for b")]

    assert await answers[0].get_data() == await answers[1].get_data()


async def test_answers_are_for_the_one_who_asked():
    for answer in (activity_response({"id": "x"}), bytes_response(b"{}"), accepted_response()):
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert accepted_response().status_code == 202
    assert activity_response({}).content_type == "application/activity+json"


async def _ask(view, path="/a%20b?x=%41&y=1", **more):
    app, found = Quart("t"), []

    @app.route("/<path:path>", methods=["GET", "POST"])
    async def get(path):
        found.append(await view() if view.__code__.co_flags & 128 else view())
        return ""

    await app.test_client().open(path, **more)
    return found[0]


async def test_a_request_is_read_as_its_signer_saw_it():
    signed = await _ask(
        lambda: signed_request(request, b"body"), method="POST", headers={"Host": "A.example"}
    )

    assert (signed.method, signed.target, signed.body) == ("POST", "/a%20b?x=%41&y=1", b"body")
    assert signed.by_name["host"] == "A.example"


async def test_a_request_without_a_query():
    assert (await _ask(lambda: signed_request(request), path="/x")).target == "/x"


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("application/activity+json, text/html;q=0.9", False),
        ("application/activity+json, application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams", text/html;q=0.1',
         False),
        ("application/json", False),
        ("*/*", False),
        ("", False),
    ],
)  # fmt: skip
async def test_who_wants_a_page(accept, page):
    assert await _ask(lambda: wants_page(request), headers={"accept": accept}) is page


async def test_a_blueprint_answers_errors_and_refuses_head():
    app, blueprint = Quart("t"), add_refusals(Blueprint("b", "b"))

    @blueprint.get("/x")
    async def get():
        raise errors.Forbidden("not you")

    app.register_blueprint(blueprint)
    client = app.test_client()

    assert (await client.get("/x")).status_code == 403
    head = await client.head("/x")
    assert (head.status_code, head.headers["allow"]) == (405, "GET")
