"""Uploads through the client API, and files fetched as anybody on the web would."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from quart.datastructures import FileStorage

from media.routes import media_routes
from posts.files import may_open_file

V2, V1 = "/api/v2/media", "/api/v1/media"


def part(data: bytes, name: str = "photo.jpg", mime: str = "image/jpeg") -> FileStorage:
    """Return a file as a form brings it."""
    return FileStorage(io.BytesIO(data), filename=name, content_type=mime)


async def send(program, data: bytes, *, path=V2, name="photo.jpg", mime="image/jpeg", **fields):
    """Upload a file, with a thumbnail or words beside it; return the reply."""
    files = {"file": part(data, name, mime)}
    thumbnail = fields.pop("thumbnail", None)
    if thumbnail is not None:
        files["thumbnail"] = part(thumbnail)
    return await program.ask("POST", path, form=fields, files=files)


async def uploaded(program, data: bytes, **fields):
    """Upload a file that must be ready at once; return its JSON."""
    reply = await send(program, data, **fields)
    assert reply.status == 200, reply.json
    return reply.json


def serve_files(house):
    """Add the files' own door to the client API."""
    house.app.config["MAX_CONTENT_LENGTH"] = None
    house.app.register_blueprint(media_routes(house.database, may_open_file))
    return house


async def fetch(house, url: str, *, method="GET", **headers):
    """Fetch an address without a token; `Range="…"` and the like are headers."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": "a.localhost:8001"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return await house.app.test_client().open(path, method=method, headers=sent)


def files_of(house) -> list:
    """Return every file that lies on the disk, half ones too."""
    root = house.database.settings.data_dir / "media"
    return [path for path in root.rglob("*") if path.is_file()]
