"""Watching a browser: whatever a page does that it should not is noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page

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
