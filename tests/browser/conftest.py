"""A real browser before a real instance."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from browsing import FLAGS, sign_in
from fakes.remote import FakeRemote
from instances import Instance
from scene import Scene, set_scene
from scene_doors import SIGN_ON

LOCALES = {"fr": "fr-FR", "en": "en-GB"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser a file: while it is open, no test with a loop of its own could run."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (sudo apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class _Callback(BaseHTTPRequestHandler):
    """Where the program waits for its code."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>The program</title>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def callback() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/callback"
    server.shutdown()


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("browser")
    made = Instance("chu-lyon", folder, public_pages="posts", signup="approval", **SIGN_ON)
    with made.migrated() as running:
        yield running


@pytest.fixture(scope="session")
def files() -> Iterator[FakeRemote]:
    """Where another hospital keeps its pictures."""
    with FakeRemote("images") as running:
        yield running


@pytest.fixture(scope="session")
def scene(instance: Instance, callback: str, files: FakeRemote) -> Scene:
    return set_scene(instance, callback, files)


@pytest.fixture
def visit(chromium: Browser, instance: Instance, scene: Scene) -> Iterator:
    """Open a context: `visit(width=360, scheme="dark", language="fr", state=…, **more)`."""
    opened: list[BrowserContext] = []

    def open_context(*, width=1280, scheme="light", language="en", state=None, **more):
        context = chromium.new_context(
            base_url=instance.base_url,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            locale=LOCALES[language],
            storage_state=state,
            **more,
        )
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def anne(members: dict[str, dict]) -> dict:
    """The cookies of a verified doctor who has signed in."""
    return members["doctor"]


@pytest.fixture(scope="module")
def members(chromium: Browser, instance: Instance, scene: Scene) -> dict[str, dict]:
    """The cookies of a verified doctor, of a member without a badge, and of an administrator."""
    people = {"doctor": "a.martin", "member": "c.petit", "administrator": "d.rey"}
    return {who: sign_in(chromium, instance, name) for who, name in people.items()}
