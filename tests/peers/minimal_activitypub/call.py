"""One step of a doctor's story with minimal-activitypub: JSON on standard input and output."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from pathlib import Path
from typing import Any

from httpx import AsyncClient
from minimal_activitypub import SearchType, Visibility
from minimal_activitypub.client_2_server import ActivityPub


async def register(client: AsyncClient, url: str) -> dict:
    client_id, secret = await ActivityPub.create_app(instance_url=url, client=client)
    address = await ActivityPub.generate_authorization_url(url, client_id)
    return {"app": [client_id, secret], "address": address}


async def sign_in(client: AsyncClient, url: str, app: list[str], code: str) -> str:
    return await ActivityPub.validate_authorization_code(client, url, code, *app)


async def story(client: AsyncClient, url: str, mine: str, picture: bytes) -> dict:
    me = ActivityPub(url, client, mine)
    await me.determine_instance_type()
    account = await me.verify_credentials()
    file = io.BytesIO(picture)
    media = await me.post_media(file, "image/png", description="Tracé", focus=(0.5, -0.5))
    posts = [
        await me.post_status("Un tracé #ecg", Visibility.PUBLIC, media_ids=[media["id"]]),
        await me.post_status("Le suivant", Visibility.PUBLIC, spoiler_text="Suite"),
    ]
    first = await me.get_account_statuses(account["id"])
    older = await me.get_account_statuses(account["id"], max_id=posts[1]["id"])
    newer = await me.get_account_statuses(account["id"], min_id=posts[0]["id"])
    pages = [first, older, newer]
    liked = await me.undo_favourite(posts[0]["id"])
    boost = await me.reblog(posts[0]["id"])
    unboosted = await me.undo_reblog(posts[0]["id"])
    return {
        "media": media,
        "posts": posts,
        "pages": [[status["id"] for status in page] for page in pages],
        "home": [status["id"] for status in await me.get_home_timeline()],
        "tagged": [status["id"] for status in await me.get_hashtag_timeline("ecg")],
        "found": (await me.search("tracé", SearchType.STATUSES))["statuses"],
        "boosted": boost["reblog"]["id"],
        "undone": [liked["favourited"], unboosted["reblogged"]],
        "deleted": await me.delete_status(posts[1]["id"]),
        "limits": [me.max_status_len, me.max_attachments, me.supported_mime_types],
    }


def main() -> None:
    given = json.load(sys.stdin)
    step = {"register": register, "sign_in": sign_in, "story": story}[given.pop("step")]
    if "picture" in given:
        given["picture"] = Path(given["picture"]).read_bytes()
    print(json.dumps(asyncio.run(do(step, given))))


async def do(step: Any, given: dict) -> Any:
    async with AsyncClient() as client:
        return await step(client, **given)


main()
