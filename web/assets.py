"""Style, script, pictures: few and small, read once, served from memory under hashed names."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quart import Blueprint, Response, abort, request

PREFIX = "/static"
STYLE, SCRIPT, WORKER = "style.css", "main.js", "worker.js"
_FOREVER = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    # The pictures are named in the client API, whose readers live anywhere.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
_SHRINKS = frozenset({"text/css", "text/javascript", "image/svg+xml"})


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, its media type, and a version that changes with the bytes.

    `packed` are the bytes by gzip, where that makes them fewer.
    """

    body: bytes
    kind: str
    version: str
    packed: bytes | None = None


def read_assets(room: Path) -> dict[str, Asset]:
    """Read every file of `static/`, what was built of `script/`, and `style/` as one sheet."""
    files = [*(room / "static").glob("*.*"), *(room / "static" / "built").glob("*.js")]
    assets = {path.name: _asset(path.name, path.read_bytes()) for path in sorted(files)}
    sheets = sorted((room / "style").glob("*.css"))
    assets[STYLE] = _asset(STYLE, b"\n".join(path.read_bytes() for path in sheets))
    return assets


def _asset(name: str, body: bytes) -> Asset:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if kind in _SHRINKS else None
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:12], packed)


def version_of(assets: Mapping[str, Asset]) -> str:
    """Return a version of all files together."""
    all_versions = "".join(assets[name].version for name in sorted(assets))
    return hashlib.sha256(all_versions.encode()).hexdigest()[:12]


def asset_url(assets: Mapping[str, Asset], name: str) -> str:
    """Return the address of a file, with its version in the name: it may be kept for ever."""
    stem, _, ending = name.rpartition(".")
    return f"{PREFIX}/{stem}.{assets[name].version}.{ending}"


def asset_blueprint(assets: Mapping[str, Asset]) -> Blueprint:
    """Serve the files, also under their bare names, which the client API gives out."""
    blueprint = Blueprint("web_static", __name__)
    versioned = {asset_url(assets, name).rpartition("/")[2]: name for name in assets}

    @blueprint.get(f"{PREFIX}/<name>")
    async def get_asset(name: str) -> Response:
        asset = assets.get(versioned.get(name, name))
        if asset is None:
            abort(404)
        response = answer_asset(asset)
        response.headers["Cache-Control"] = _FOREVER if name in versioned else _AN_HOUR
        await response.make_conditional(request)
        return response

    return blueprint


def answer_asset(asset: Asset) -> Response:
    """Answer with a file, packed for browsers that take it so."""
    is_packed = asset.packed is not None and request.accept_encodings.quality("gzip") > 0
    body = asset.packed if is_packed and asset.packed is not None else asset.body
    response = Response(body, content_type=asset.kind, headers=dict(_HEADERS))
    if asset.packed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{asset.version}-gz" if is_packed else asset.version)
    return response
