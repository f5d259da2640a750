"""A file of ours as an answer: a part at a time, never whole in memory, never more than a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from quart import Request, Response

from media.making import SUFFIXES

# What stays as it is as long as somebody names it: portraits and banners.
FOR_EVERYBODY = "public, max-age=31536000, immutable"
# What goes with its post: others may keep it so long, then they ask whether it is still shown.
FOR_A_DAY = "public, max-age=86400"
FOR_READER = "private, no-store"
PART_BYTES = 128 * 1024
# With a slow line, a film takes its time.
SENDING_S = 1800
_MIMES = {suffix: mime for mime, suffix in SUFFIXES.items()}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; form-action 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    # Clients on other origins show them; there are no cookies here.
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, noarchive",
    "Accept-Ranges": "bytes",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Which bytes of a file: from the first to before the last."""

    start: int
    end: int


def absent() -> Response:
    """Answer that there is nothing: the same for what is hidden."""
    headers = _HEADERS | {"Cache-Control": "private, no-store"}
    return Response("", status=404, content_type="text/plain; charset=utf-8", headers=headers)


async def send_file(request: Request, path: Path, *, cache: str) -> Response:
    """Answer a GET or HEAD with a file of the store, or the part that was asked for (F19)."""
    try:
        opened = await asyncio.to_thread(path.open, "rb")
    except OSError:
        return absent()
    size = os.fstat(opened.fileno()).st_size
    tag = f'"{path.stem}"'
    suffix = path.suffix.removeprefix(".")
    headers = _HEADERS | {"Cache-Control": cache, "ETag": tag}
    if suffix == "pdf":
        headers["Content-Disposition"] = "attachment"
    mime = _MIMES.get(suffix, "application/octet-stream")
    if tag in request.headers.get("If-None-Match", ""):
        opened.close()
        return _answer(b"", 304, mime, headers)
    asked = request.headers.get("Range") if request.headers.get("If-Range", tag) == tag else None
    span = read_range(asked, size)
    if span is None:
        opened.close()
        return _answer(b"", 416, mime, headers | {"Content-Range": f"bytes */{size}"})
    is_part = asked is not None and span != Span(0, size)
    if is_part:
        headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{size}"
    # Nothing is read for a HEAD, and the length is told all the same.
    sent = Span(0, 0) if request.method == "HEAD" else span
    answer = _answer(_parts(opened, sent), 206 if is_part else 200, mime, headers)
    answer.content_length = span.end - span.start
    answer.timeout = SENDING_S
    return answer


def _answer(
    body: bytes | AsyncIterator[bytes], status: int, mime: str, headers: dict[str, str]
) -> Response:
    return Response(body, status=status, content_type=mime, headers=headers)


async def _parts(opened: BinaryIO, span: Span) -> AsyncIterator[bytes]:
    left = span.end - span.start
    try:
        await asyncio.to_thread(opened.seek, span.start)
        while left > 0:
            part = await asyncio.to_thread(opened.read, min(PART_BYTES, left))
            if not part:
                return
            left -= len(part)
            yield part
    finally:
        opened.close()


def read_range(asked: str | None, size: int) -> Span | None:
    """Return which bytes are asked for: all without a range, the first of several.

    None for a range that makes no sense, or lies outside.
    """
    unit, equals, ranges = (asked or "").partition("=")
    if unit.strip().lower() != "bytes" or not equals:
        return Span(0, size)
    first = ranges.split(",", 1)[0].strip()
    start, dash, end = first.partition("-")
    if not dash or not all(part.isascii() and part.isdigit() for part in (start, end) if part):
        return None
    if len(first) > 40 or not (start or end):
        return None
    if not start:
        wanted = min(int(end), size)
        return Span(size - wanted, size) if wanted > 0 else None
    last = min(int(end), size - 1) if end else size - 1
    return Span(int(start), last + 1) if int(start) <= last else None
