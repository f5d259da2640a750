"""The programs that a person has let in: listed, and sent away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlmodel import col

from core.ids import time_of
from db.session import AsyncSession
from users import queries
from users.apps import website_host
from users.living import may_be_used
from users.models import AccessToken, OAuthApp
from users.scopes import SCOPES


@dataclass(frozen=True, slots=True)
class OwnApp:
    """A program that may act for somebody: what it may, since when, and when it last did."""

    id: int
    name: str
    website: str | None
    scopes: tuple[str, ...]
    since: datetime
    last_used_at: datetime | None


async def list_own_apps(session: AsyncSession, user_id: int) -> list[OwnApp]:
    """Return the programs that may act for a person now, the last used first.

    Tokens without a program are not among them: those of browsers, and of the command line.
    """
    statement = (
        select(OAuthApp, AccessToken)
        .join(AccessToken, col(AccessToken.app_id) == col(OAuthApp.id))
        .where(col(AccessToken.user_id) == user_id, may_be_used())
        .order_by(col(OAuthApp.id), col(AccessToken.id))
    )
    rows = (await session.execute(statement)).all()
    found = [
        _own_app(app, [token for _, token in of_app])
        for app, of_app in groupby(rows, key=lambda row: row[0])
    ]
    return sorted(found, key=lambda app: app.last_used_at or app.since, reverse=True)


async def send_away(session: AsyncSession, user_id: int, app_id: int) -> bool:
    """End all that a program has of a person; tell whether it had anything.

    Its streams close and nothing is pushed to it any more, as both hang on its tokens.
    """
    return await queries.end_tokens_of_app(session, user_id, app_id)


def _own_app(app: OAuthApp, tokens: list[AccessToken]) -> OwnApp:
    uses = [token.last_used_at for token in tokens if token.last_used_at is not None]
    return OwnApp(
        id=app.id,
        name=app.name,
        website=website_host(app.website),
        scopes=_together(tokens),
        # A token that is refreshed keeps its row, and says of itself that it is new.
        since=min(time_of(token.id) for token in tokens),
        last_used_at=max(uses, default=None),
    )


def _together(tokens: Iterable[AccessToken]) -> tuple[str, ...]:
    held = {scope for token in tokens for scope in token.scopes.split()}
    return tuple(scope for scope in SCOPES if scope in held)
