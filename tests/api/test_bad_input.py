"""What a broken or hostile client sends: a clear error each time, and nothing changed."""

from __future__ import annotations

import json

import pytest

from api.fields import MAX_BODY_BYTES
from posts.drafts import MAX_CHARACTERS

STATUSES = "/api/v1/statuses"


async def count_posts(program):
    return (await program.get("/api/v1/accounts/verify_credentials"))["statuses_count"]


async def refused(program, method, path, *, status, **sent):
    """Send something bad; check the answer's status and that nothing was posted; return it."""
    reply = await program.ask(method, path, **sent)
    assert reply.status == status, reply.json
    assert set(reply.json) - {"details"} == {"error"}
    assert await count_posts(program) == 0
    return reply.json["error"]


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'"text"', b"\xff\xfe", b'{"status": "a"', b"{'status': 'a'}"]
)
async def test_malformed_json(alice, body):
    headers = {"Content-Type": "application/json"}

    error = await refused(alice, "POST", STATUSES, status=400, data=body, headers=headers)

    assert error == "Error occurred while parsing request parameters"


async def test_a_body_of_two_megabytes(alice):
    body = json.dumps({"status": "a" * 2 * MAX_BODY_BYTES}).encode()
    headers = {"Content-Type": "application/json"}

    error = await refused(alice, "POST", STATUSES, status=413, data=body, headers=headers)

    assert error == "The request is too large"


async def test_deep_nesting(alice):
    body = b'{"status":' + b'{"a":' * 500 + b"1" + b"}" * 501
    headers = {"Content-Type": "application/json"}

    await refused(alice, "POST", STATUSES, status=400, data=body, headers=headers)


async def test_a_thousand_fields_too_many(alice):
    form = "&".join(f"f{number}=1" for number in range(1100)).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    await refused(alice, "POST", STATUSES, status=400, data=form, headers=headers)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": ""},
        {"status": " \n "},
        {"status": None},
        {"status": {"text": "a"}},
        {"status": ["a", "b"]},
        {"status": "a", "visibility": "everybody"},
        {"status": "a", "visibility": ["public"] * 2, "in_reply_to_id": "x"},
        {"status": "a", "in_reply_to_id": "-1"},
        {"status": "a", "in_reply_to_id": "1e30"},
        {"status": "a", "in_reply_to_id": str(2**63)},
        {"status": "a", "media_ids": ["1"]},
        {"status": "a", "poll": {"options": ["x"], "expires_in": 600}},
        {"status": "a", "scheduled_at": "2035-01-01T00:00:00Z"},
        {"status": "a" * (MAX_CHARACTERS + 1)},
    ],
)
async def test_what_cannot_be_posted(alice, body):
    error = await refused(alice, "POST", STATUSES, status=422, json=body)

    assert error.startswith("Validation failed: ")


@pytest.mark.parametrize(
    "body",
    [
        {"status": "a", "poll": {"options": ["x", "y"], "expires_in": 0}},
        {"status": "a", "poll": {"options": ["x", "x"], "expires_in": 600}},
        {"status": "", "media_ids": []},
        {"status": "a", "scheduled_at": "9999-12-31T00:00:00Z"},
        {"status": "a", "scheduled_at": "2001-01-01T00:00:00Z"},
    ],
)
async def test_H11_what_makes_no_post(alice, body):
    error = await refused(alice, "POST", STATUSES, status=422, json=body)

    assert error.startswith("Validation failed: ")


@pytest.mark.parametrize("name", ["in_reply_to_id", "quoted_status_id"])
async def test_H12_an_answer_to_nothing(alice, name):
    body = {"status": "a", name: "115"}

    assert await refused(alice, "POST", STATUSES, status=404, json=body) == "Record not found"


@pytest.mark.parametrize("name", ["max_id", "min_id", "since_id"])
async def test_H09_pages_from_nowhere(alice, name):
    for value in ("-1", "1e30", "text", "1;drop table post", str(2**64), "%D9%A3"):
        path = f"/api/v1/timelines/home?{name}={value}"

        assert "is not a number" in await refused(alice, "GET", path, status=422)


async def test_H09_any_limit_is_clamped(alice):
    said = await alice.say()

    for value in ("0", "-5", "100000", "1e9", "text", ""):
        shown = await alice.get("/api/v1/timelines/home", limit=value)
        assert [status["id"] for status in shown] == [said["id"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/accounts/{}"),
        ("GET", "/api/v1/accounts/{}/statuses"),
        ("POST", "/api/v1/accounts/{}/follow"),
        ("POST", "/api/v1/follow_requests/{}/authorize"),
        ("GET", "/api/v1/statuses/{}"),
        ("PUT", "/api/v1/statuses/{}"),
        ("DELETE", "/api/v1/statuses/{}"),
        ("POST", "/api/v1/statuses/{}/favourite"),
        ("GET", "/api/v1/notifications/{}"),
        ("POST", "/api/v1/notifications/{}/dismiss"),
    ],
)
async def test_ids_of_nothing(alice, method, path):
    sent = {} if method == "GET" else {"json": {"status": "a"}}

    for bad in ("0", "abc", "-1", "1e5", str(2**63), "9" * 40, "%00", "1%00", "é"):
        error = await refused(alice, method, path.format(bad), status=404, **sent)
        assert error == "Record not found"


async def test_an_unknown_handle(alice):
    for handle in ("nobody", "nobody@nowhere.example", "@", "a@b@c", "a b", "\x00"):
        reply = await alice.ask("GET", "/api/v1/accounts/lookup", query_string={"acct": handle})
        assert reply.status in {404, 422}


async def test_a_field_that_is_missing(alice):
    assert "acct" in await refused(alice, "GET", "/api/v1/accounts/lookup", status=422)
    assert "q can't" in await refused(alice, "GET", "/api/v2/search", status=422)


async def test_H26_no_text_breaks_a_search(alice):
    for text in ("\x00", "'; DROP TABLE post; --", "%", "\\", "*)(u=*", "🩺" * 99, "#\x00", "#'"):
        found = await alice.get("/api/v2/search", q=text + "x")
        assert found == {"accounts": [], "statuses": [], "hashtags": []}


async def test_a_nul_in_a_text_is_left_out(alice):
    said = await alice.say("avant\x00après")

    assert said["content"] == "<p>avantaprès</p>"


async def test_a_file_is_refused(alice):
    boundary = "b"
    body = (
        f"--{boundary}\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\n"
        f"Content-Type: image/png\r\n\r\nPNG\r\n--{boundary}--\r\n"
    ).encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(body)),
    }

    path = "/api/v1/accounts/update_credentials"
    await refused(alice, "PATCH", path, status=422, data=body, headers=headers)


async def test_an_address_that_is_no_endpoint(alice):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for path in ("/api/v1/nothing", "/api/v1/statuses/1/nothing", "/api/v9/x"):
            reply = await alice.ask(method, path)
            assert (reply.status, reply.json) == (404, {"error": "Not Found"})
