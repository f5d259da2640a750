"""Style, pictures: few and small, read once, served from memory under names that never go stale."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quart import Blueprint, Response, abort, request

PREFIX = "/static"
_FOREVER = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    # The pictures are named in the client API, whose readers live anywhere.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, its media type, and a version that changes with the bytes."""

    body: bytes
    kind: str
    version: str


def read_assets(folder: Path) -> dict[str, Asset]:
    """Read every file of a folder, by name."""
    return {path.name: _read(path) for path in sorted(folder.iterdir()) if path.is_file()}


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:12])


def asset_url(assets: Mapping[str, Asset], name: str) -> str:
    """Return the address of a file, with its version: it may be kept for ever."""
    return f"{PREFIX}/{name}?v={assets[name].version}"


def asset_blueprint(assets: Mapping[str, Asset]) -> Blueprint:
    """Serve the files, also under their bare names, which the client API gives out."""
    blueprint = Blueprint("web_static", __name__)

    @blueprint.get(f"{PREFIX}/<name>")
    async def get_asset(name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            abort(404)
        response = Response(asset.body, content_type=asset.kind, headers=dict(_HEADERS))
        is_versioned = request.args.get("v") == asset.version
        response.headers["Cache-Control"] = _FOREVER if is_versioned else _AN_HOUR
        response.set_etag(asset.version)
        await response.make_conditional(request)
        return response

    return blueprint
