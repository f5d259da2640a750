"""What makes a program of the pages: the manifest, the service worker, the page without network."""

from __future__ import annotations

import json

from quart import Response, abort

from web.assets import WORKER, answer_asset, asset_url
from web.visit import Pages, Visit

# As `--accent` and `--paper` of the style by day.
_ACCENT, _PAPER = "#1b6547", "#f8f3ea"
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
# A worker's own requests are bound by the policy that it came with.
_WORKER_POLICY = "default-src 'none'; connect-src 'self'; script-src 'self'"


async def get_manifest(visit: Visit) -> Response:
    """Tell a device how to keep this place among its programs (W3C Web Application Manifest)."""
    said, assets = visit.language.gettext, visit.site.assets

    def picture(name: str, size: int, purpose: str = "any") -> dict[str, str]:
        sizes = f"{size}x{size}"
        url = asset_url(assets, name)
        return {"src": url, "sizes": sizes, "type": "image/png", "purpose": purpose}

    manifest = {
        "id": "/",
        "name": f"Consilium · {visit.site.uris.handle_domain}",
        "short_name": "Consilium",
        "description": said("Doctors among themselves"),
        "lang": visit.language.code,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": _ACCENT,
        "background_color": _PAPER,
        "categories": ["medical", "social"],
        "icons": [
            picture("app-192.png", 192),
            picture("app-512.png", 512),
            picture("app-maskable.png", 512, "maskable"),
        ],
        "shortcuts": [
            {"name": said("Write"), "url": "/compose"},
            {"name": said("Notifications"), "url": "/notifications"},
        ],
        "share_target": {
            "action": "/compose",
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }
    body = json.dumps(manifest, ensure_ascii=False)
    return Response(body, content_type="application/manifest+json", headers=_HEADERS)


async def get_worker(visit: Visit) -> Response:
    """Serve the service worker where its scope is the whole house."""
    asset = visit.site.assets.get(WORKER)
    if asset is None:
        abort(404)
    response = answer_asset(asset)
    response.headers.update(_HEADERS | {"Content-Security-Policy": _WORKER_POLICY})
    return response


async def get_offline(visit: Visit) -> Response:
    """Say that there is no network: the same for everybody, kept by the service worker."""
    return visit.as_stranger().page("offline.html")


PAGES: Pages = (
    ("GET", "/manifest.webmanifest", get_manifest),
    ("GET", f"/{WORKER}", get_worker),
    ("GET", "/offline", get_offline),
)
