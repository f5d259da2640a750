"""A person with a plain browser: follows a client's sign-in address and brings back the code."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar

MAX_PAGES = 5


class _Page(HTMLParser):
    """The first form that asks for something, and the code, if the page shows one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.code: str | None = None
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if tag == "form" and self.action is None and self._is_asking(given):
            self.action, self._inside = given["action"], True
        if tag == "input" and given.get("id") == "code":
            self.code = given["value"]
        if self._inside and tag in {"input", "button"} and "name" in given:
            if given.get("type") != "checkbox":
                self.fields.setdefault(given["name"], given.get("value", ""))

    def handle_endtag(self, tag):
        if tag == "form":
            self._inside = False

    @staticmethod
    def _is_asking(form):
        return form.get("action", "").startswith(("/auth/sign-in", "/oauth/authorize"))


def fetch_code(address: str, *, name: str, password: str) -> str:
    """Sign in on the page behind an address, allow what the program asks, return the code."""
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar())
    )
    page, here = _open(browser, address), address
    for _ in range(MAX_PAGES):
        if page.code is not None:
            return page.code
        assert page.action is not None, f"neither a form nor a code at {here}"
        here = urllib.parse.urljoin(address, page.action)
        typed = {"name": name, "password": password} if "password" in page.fields else {}
        page = _open(browser, here, page.fields | typed)
    raise AssertionError(f"no code after {MAX_PAGES} pages, last at {here}")


def _open(
    browser: urllib.request.OpenerDirector, address: str, fields: dict[str, str] | None = None
) -> _Page:
    body = urllib.parse.urlencode(fields).encode() if fields is not None else None
    try:
        with browser.open(address, body, timeout=30) as answer:
            return _Page(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            raise AssertionError(f"{address}: {error.code} {error.read()[:500]!r}") from error
