"""Somebody of a peer whose posts have pictures, and somebody who has nothing but addresses."""

from __future__ import annotations

import pytest
import pytest_asyncio
from quart import Quart

from actors.models import Actor
from fakes.pictures import MP4, serve_picture
from media.proxy_routes import proxy_routes
from posts.files import may_open_copy
from posts.models import Post, Visibility
from writing import write


class Looker:
    """Somebody who has nothing but addresses."""

    def __init__(self, database, client, address="192.0.2.1"):
        app = Quart("proxy", static_folder=None)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        app.register_blueprint(
            proxy_routes(
                database, client, may_open=may_open_copy, address_of=lambda asked: self.address
            )
        )
        self.address = address
        self._client = app.test_client()

    async def get(self, url, method="GET", **headers):
        path = url.removeprefix("http://a.localhost:8001")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._client.open(path, method=method, headers=sent)
        answer.body = await answer.get_data(as_text=False)
        return answer


@pytest.fixture
def looker(database, client):
    return Looker(database, client)


@pytest.fixture
def look_at(client):
    """`look_at(database)`: a looker at an instance with other settings."""
    return lambda database: Looker(database, client)


@pytest_asyncio.fixture
async def bob(house, remote):
    """Somebody of a peer, with pictures and emojis of all kinds."""
    return await house.remote(
        "bob",
        host=remote.host,
        avatar=serve_picture(remote, "/avatar.gif", format="GIF", frames=2),
        header=serve_picture(remote, "/header.jpg", format="JPEG"),
        emojis=[{"name": "blob", "url": serve_picture(remote, "/blob.png")},
                {"name": "<b>", "url": serve_picture(remote, "/bad.png")}],
    )  # fmt: skip


@pytest_asyncio.fixture
async def post(house, bob, remote):
    """Let bob post, with a picture, a film and an emoji."""

    async def save(visibility=Visibility.PUBLIC, **values) -> Post:
        rows = [
            {"url": serve_picture(remote), "media_type": "image/png", "description": "Un <tracé>",
             "width": 64, "height": 48},
            {"url": f"{remote.base_url}/1.mp4", "media_type": "video/mp4", "description": ""},
        ]  # fmt: skip
        remote.script("/1.mp4", body=MP4, content_type="video/mp4")
        emojis = [{"name": "ecg", "url": serve_picture(remote, "/ecg.png")}]
        said = {"attachments": rows, "emojis": emojis, "content": "<p>Voici :ecg:</p>"}
        async with house.database.transaction() as session:
            author = await session.get_one(Actor, bob.id)
            return await write(session, author, visibility, **(said | values))

    return save
