"""Calls one method of Mastodon.py: a request as JSON on standard input, the result on output."""

from __future__ import annotations

import json
import queue
import sys
import time
from datetime import datetime

from mastodon import CallbackStreamListener, Mastodon, MastodonError


def main() -> None:
    request = json.load(sys.stdin)
    try:
        result = call(**request)
    except MastodonError as error:
        result = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(result, default=str))


def call(method: str, arguments: dict, base_url: str, client: dict | None = None) -> object:
    if method == "create_app":
        client_id, client_secret = Mastodon.create_app(api_base_url=base_url, **arguments)
        return {"client_id": client_id, "client_secret": client_secret}
    # Without this Mastodon.py sleeps when a limit is near; the instance has none in tests.
    mastodon = Mastodon(api_base_url=base_url, ratelimit_method="throw", **(client or {}))
    if method == "listen":
        return listen(mastodon, base_url, **arguments)
    if "scheduled_at" in arguments:
        arguments["scheduled_at"] = datetime.fromisoformat(arguments["scheduled_at"])
    return getattr(mastodon, method)(**arguments)


def listen(mastodon: Mastodon, base_url: str, colleague: str, says: list[dict]) -> list:
    """Stream a person's events by SSE while a colleague posts; return the names and ids."""
    heard: queue.SimpleQueue = queue.SimpleQueue()
    listener = CallbackStreamListener(
        update_handler=lambda status: heard.put(["update", str(status.id)]),
        notification_handler=lambda notice: heard.put(["notification", notice.type]),
    )
    stream = mastodon.stream_user(listener, run_async=True)
    while not stream.is_receiving():
        time.sleep(0.05)
    speaker = Mastodon(
        api_base_url=base_url, ratelimit_method="throw", access_token=colleague
    )
    posted = [["posted", str(speaker.status_post(**said).id)] for said in says]
    events = [heard.get(timeout=20) for _ in says]
    stream.close()
    return posted + events


main()
