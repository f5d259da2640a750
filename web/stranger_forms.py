"""Pages with a form for who is not signed in: given out with a secret, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from quart import Response, request

from web.forms import is_strangers_own_form, stranger_secret
from web.session import keep_form_secret
from web.visit import Visit


def show_form(
    visit: Visit,
    template: str,
    *,
    status: int = 200,
    problem: str = "",
    resets_at: datetime | None = None,
    **values: Any,
) -> Response:
    """Write a page with a form; older browsers are given a cookie that belongs to it (H20)."""
    secret = stranger_secret(visit.site, request)
    response = visit.page(
        template,
        status=status,
        problem=problem,
        resets_at=resets_at,
        form_token=secret,
        **values,
    )
    if secret is not None:
        keep_form_secret(visit.site, response, secret)
    return response


def is_foreign(visit: Visit, form: Mapping[str, str]) -> bool:
    """Tell whether a form was filled in elsewhere than on our page."""
    return not is_strangers_own_form(visit.site, request, form)
