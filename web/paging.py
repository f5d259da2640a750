"""Older and newer: pages of a list by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from quart import Request

from core.errors import NotFound
from db.paging import Page
from posts.models import Post

POSTS_A_PAGE = 20
PEOPLE_A_PAGE = 40
MAX_ID = 2**63 - 1


def read_page(request: Request, *, limit: int = POSTS_A_PAGE) -> Page:
    """Read `?max_id=`: what comes before a post, or before another row."""
    asked = request.args.get("max_id")
    return Page(limit=limit, max_id=read_id(asked) if asked else None)


def read_id(text: str) -> int:
    """Read one of our ids; raises NotFound for what is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= 19
    if not is_number or int(text) > MAX_ID:
        raise NotFound(f"no id: {text[:40]!r}")
    return int(text)


def older_path(path: str, posts: Sequence[Post], **also: str) -> str:
    """Return the address of the next page of a list; empty at its end. `also` stays asked for."""
    if len(posts) < POSTS_A_PAGE:
        return ""
    return f"{path}?{urlencode({**also, 'max_id': posts[-1].id})}"


def after_path(path: str, rows: Sequence[tuple[Any, Any]]) -> str:
    """Return the address of the next page of people, by their rows; empty at its end."""
    return f"{path}?max_id={rows[-1][0].id}" if len(rows) >= PEOPLE_A_PAGE else ""
