"""Calls one method of Mastodon.py: a request as JSON on standard input, the result on output."""

from __future__ import annotations

import json
import sys

from mastodon import Mastodon, MastodonError


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
    return getattr(mastodon, method)(**arguments)


main()
