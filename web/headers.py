"""The headers of every page (security.md §5): what a page may load, where it may send, who sees it.

No page has a script or a style of its own: everything comes from `/static`, nothing from others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from core.settings import Settings

# The one policy that may make HTML of a text; web/script/parts.js makes it.
TRUSTED_TYPES = "consilium"
_FIXED = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "browsing-topics=(), interest-cohort=(), geolocation=(), camera=(), "
    "microphone=(), payment=(), usb=()",
    "Cache-Control": "private, no-store",
}
_TWO_YEARS = "max-age=63072000; includeSubDomains"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
_NEVER_INDEXED = "noindex, noarchive"


def page_headers(
    settings: Settings, *, form_target: str | None = None, indexable: bool = False
) -> Mapping[str, str]:
    """Return the headers of a page.

    `form_target` is an address to which an answer to the page's form may redirect: browsers apply
    `form-action` to it too, so it is named on the consent page and nowhere else.
    """
    headers = _FIXED | {"Content-Security-Policy": _policy(settings, form_target)}
    if settings.base_url.startswith("https:"):
        headers["Strict-Transport-Security"] = _TWO_YEARS
    if not indexable:
        headers["X-Robots-Tag"] = _NEVER_INDEXED
    return headers


def _policy(settings: Settings, form_target: str | None) -> str:
    base = urlsplit(settings.base_url)
    is_secure = base.scheme == "https"
    targets = "'self'" if form_target is None else f"'self' {source_of(form_target)}".rstrip()
    rules = [
        "default-src 'none'",
        "base-uri 'none'",
        f"form-action {targets}",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        f"connect-src 'self' {'wss' if is_secure else 'ws'}://{base.netloc}",
        "manifest-src 'self'",
        "worker-src 'self'",
        "frame-src 'none'",
        "require-trusted-types-for 'script'",
        f"trusted-types {TRUSTED_TYPES}",
    ]
    if is_secure:
        # In development it would send browsers to an https that is not there.
        rules.append("upgrade-insecure-requests")
    return "; ".join(rules)


def source_of(uri: str) -> str:
    """Return what a policy calls the place of an address: its origin, or an app's own scheme.

    Empty for a host that a policy cannot name: a `;` in it would begin another rule.
    """
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"}:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}" if _HOST.fullmatch(parts.netloc) else ""
