"""Watching a browser: whatever a page does that it should not is noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page

from instances import PASSWORD, Instance

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
SCREENSHOTS = Path(__file__).resolve().parents[1] / "var" / "screenshots"


@dataclass
class Watch:
    """What a page did: the hosts that it asked, and what it complained of."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _console(self, message: ConsoleMessage) -> None:
        # The status of the page itself is judged by the test.
        is_status = message.text.startswith("Failed to load resource: the server responded")
        is_page = "/static/" not in message.location.get("url", "")
        if message.type in {"error", "warning"} and not (is_status and is_page):
            self.complaints.append(message.text)


def sign_in(chromium: Browser, instance: Instance, name: str) -> dict:
    """Sign somebody in and return their cookies."""
    context = chromium.new_context(base_url=instance.base_url)
    page = context.new_page()
    page.goto("/auth/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(instance.base_url + "/")
    state = context.storage_state()
    context.close()
    return state
