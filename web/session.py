"""Cookies: who is signed in, and in which language a visitor reads. Strangers have none."""

from __future__ import annotations

from datetime import timedelta

from quart import Request, Response

from users.identities import LENGTH as SIGN_ON_LENGTH
from users.second_step import LENGTH as SECOND_STEP_LENGTH
from users.sessions import SESSION_LENGTH, lasts
from web.site import Site

SESSION, SECOND_STEP, FORM, LANGUAGE = "session", "second", "form", "lang"
SIGN_ON = "sign-on"
_A_YEAR = timedelta(days=365)


def cookie_name(site: Site, name: str) -> str:
    """Return a cookie's name; `__Host-` keeps other hosts and plain http from setting it.

    Browsers refuse that prefix over http, so it is left out in development.
    """
    return f"__Host-{name}" if site.is_secure else name


def read_cookie(site: Site, request: Request, name: str) -> str | None:
    """Return what a browser sent under one of our names."""
    return request.cookies.get(cookie_name(site, name)) or None


def keep_session(site: Site, response: Response, secret: str) -> None:
    """Sign a browser in: until it is closed, or as long as the session lasts."""
    _set(site, response, SESSION, secret, max_age=SESSION_LENGTH if lasts(secret) else None)


def keep_second_step(site: Site, response: Response, secret: str) -> None:
    """Remember that the password was right, for as long as the code may take."""
    _set(site, response, SECOND_STEP, secret, max_age=SECOND_STEP_LENGTH)


def keep_sign_on(site: Site, response: Response, secret: str) -> None:
    """Remember which browser was sent to an OpenID provider."""
    _set(site, response, SIGN_ON, secret, max_age=SIGN_ON_LENGTH)


def keep_form_secret(site: Site, response: Response, secret: str) -> None:
    """Remember a form that was given to a stranger (see `web.forms`)."""
    _set(site, response, FORM, secret)


def keep_language(site: Site, response: Response, code: str) -> None:
    """Remember a visitor's choice of language."""
    _set(site, response, LANGUAGE, code, max_age=_A_YEAR)


def drop_cookie(site: Site, response: Response, name: str) -> None:
    """Take a cookie back."""
    _set(site, response, name, "", max_age=timedelta(0))


def _set(
    site: Site,
    response: Response,
    name: str,
    value: str,
    *,
    max_age: timedelta | None = None,
) -> None:
    response.set_cookie(
        cookie_name(site, name),
        value,
        max_age=max_age,
        path="/",
        secure=site.is_secure,
        httponly=True,
        samesite="Lax",
    )
