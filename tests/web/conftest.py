"""A browser in this process: real pages, real rows, cookies kept as a browser keeps them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
import pytest_asyncio
from quart import Quart
from sqlalchemy import select
from werkzeug.datastructures import Headers

import factories
from actors.models import Actor
from claiming import claim_of, person
from core.html import SANITISER_VERSION, sanitise
from core.settings import PublicPages
from doctors.registers.importing import import_register
from federation.addresses import AddressGate
from federation.client import Client
from notifications.stream import Hub
from posts.models import Post, Visibility
from posts.save import save_post
from register_files import FR_RPPS, line, write
from users import accounts
from users.apps import OUT_OF_BAND, register_app
from users.passwords import hash_password
from users.queries import find_user_by_username
from users.sessions import sign_in
from web.routes import web_blueprints

PASSWORD = "a password long enough"
CALLBACK = "https://client.example/callback"


class _Forms(HTMLParser):
    """Every form of a page: its action (or its id), and the fields that a browser would send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self.acts: set[str] = set()
        self._open: dict[str, str] | None = None
        self._select = self._text = ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            name = given.get("action") or f"#{given['id']}"
            self._open = self.found.setdefault(name, {})
        elif tag == "button" and given.get("form") == "act":
            self.acts.add(given["formaction"])
        elif self._open is None or "disabled" in given:
            return
        elif tag == "input" and self._is_sent(given):
            self._open[given["name"]] = given.get("value") or ""
        elif tag == "textarea":
            self._text = given["name"]
            self._open[self._text] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select:
            is_first = self._select not in self._open
            if is_first or "selected" in given:
                self._open[self._select] = given.get("value") or ""

    @staticmethod
    def _is_sent(given):
        if given.get("type") in {"checkbox", "radio"}:
            return "checked" in given
        return "name" in given and given.get("type") != "file"

    def handle_data(self, data):
        if self._text and self._open is not None:
            # The first line break of a text area is the markup's.
            before = self._open[self._text]
            self._open[self._text] = before + (data if before else data.removeprefix("\n"))

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._select = ""


@dataclass
class Page:
    """What came back."""

    status: int
    headers: Headers
    html: str

    @property
    def text(self):
        """The words of the page, without markup and with single spaces."""
        bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.DOTALL)
        return " ".join(bare.replace("&#39;", "'").split())

    @property
    def location(self):
        return self.headers.get("Location")

    @property
    def forms(self):
        return _Forms(self.html).found

    @property
    def acts(self):
        """Where the buttons lead that do something with a post or a person."""
        return _Forms(self.html).acts


class Browser:
    """A browser of today: it says from where a form comes, and keeps cookies."""

    def __init__(self, app: Quart, **headers: str) -> None:
        self._client = app.test_client()
        self.headers = {
            "Host": "a.localhost:8001",
            "Accept": "text/html",
            "Accept-Language": "en",
            "Sec-Fetch-Site": "same-origin",
        } | headers

    async def get(self, path, **headers):
        return await self._send("GET", path, headers)

    async def post(self, path, form, *, files=None, **headers):
        sent = {"form": form} | ({} if files is None else {"files": files})
        return await self._send("POST", path, headers, **sent)

    async def act(self, path, page, **form):
        """Press a button of a page that the form of acts sends."""
        assert path in page.acts, f"no button to {path} among {sorted(page.acts)}"
        return await self.post(path, page.forms["#act"] | form)

    async def sign_in(self, name="alice", password=PASSWORD, **form):
        page = await self.get("/auth/sign-in")
        fields = page.forms["/auth/sign-in"] | {"name": name, "password": password} | form
        return await self.post("/auth/sign-in", fields)

    @property
    def cookies(self):
        return {cookie.name: cookie for cookie in self._client.cookie_jar}

    def keep_cookie(self, name, value):
        self._client.set_cookie("a.localhost", name, value)

    async def _send(self, method, path, headers, **sent):
        # Keyword arguments have no hyphens; None takes a header out.
        changes = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {k: v for k, v in (self.headers | changes).items() if v is not None}
        answer = await self._client.open(path, method=method, headers=all_headers, **sent)
        body = await answer.get_data(as_text=False)
        return Page(answer.status_code, answer.headers, body.decode("utf-8", "replace"))


@pytest.fixture(autouse=True)
def no_tries_before():
    accounts._attempts.reset()


async def nobody(host):
    return False


def make_app(database, settings, *, may_talk_to=nobody, hub=None) -> Quart:
    client = Client(
        gate=AddressGate.of(settings), own_host="a.localhost:8001", may_talk_to=may_talk_to
    )
    app = Quart("consilium", static_folder=None)
    app.extensions["client"] = client
    for blueprint in web_blueprints(database, client, hub):
        app.register_blueprint(blueprint)

    @app.get("/broken")
    async def broken():
        raise RuntimeError("a secret detail")

    return app


@pytest.fixture
def shown():
    """What strangers are shown; a test overrides it."""
    return PublicPages.POSTS


@pytest.fixture
def settings(settings, shown):
    return settings.model_copy(update={"public_pages": shown})


@pytest.fixture
def hub():
    """Who has pages open; a test that listens runs it."""
    return Hub()


@pytest.fixture
def app(database, settings, hub):
    return make_app(database, settings, hub=hub)


@pytest.fixture
def talking_app(database, settings):
    """An app that may ask every other host."""

    async def everybody(host):
        return True

    return make_app(database, settings, may_talk_to=everybody)


@pytest.fixture
def stranger(app):
    return Browser(app)


@pytest_asyncio.fixture
async def alice(database, password_hash):
    """A verified doctor who can sign in."""
    return await _person(database, "alice", password_hash, doctor=True)


@pytest_asyncio.fixture
async def carol(database, password_hash):
    """A member without a badge who can sign in."""
    return await _person(database, "carol", password_hash, doctor=False)


@pytest.fixture(scope="session")
def password_hash():
    """Made once: it is meant to be slow."""
    return asyncio.run(hash_password(PASSWORD))


async def _person(database, username, password_hash, *, doctor):
    async with database.transaction() as session:
        actor = await factories.make_local_actor(session, username, doctor=doctor)
        user = await factories.make_user(session, actor)
        user.password_hash, user.locale = password_hash, "en"
    return actor


@pytest_asyncio.fixture
async def reader(app, database, carol):
    """A signed-in member without a badge."""
    return await _signed_in(app, database, carol)


@pytest_asyncio.fixture
async def doctor(app, database, alice):
    """A signed-in verified doctor."""
    return await _signed_in(app, database, alice)


async def _signed_in(app, database, actor):
    async with database.transaction() as session:
        user = await find_user_by_username(session, actor.username)
        secret, _ = await sign_in(session, user)
    browser = Browser(app)
    browser.keep_cookie("session", secret)
    return browser


@pytest.fixture
def say(database):
    """Save a post: `await say(author, "<p>…</p>", "doctors", parent=…)`."""

    async def save(
        author, html="<p>Bonjour</p>", visibility="public", *, parent=None, tags=(), **values
    ):
        async with database.transaction() as session:
            post = Post(
                uri="",
                author_id=author.id,
                visibility=Visibility(visibility),
                content=sanitise(html),
                sanitiser_version=SANITISER_VERSION,
                in_reply_to_id=parent.id if parent else None,
                in_reply_to_uri=parent.uri if parent else None,
                **values,
            )
            post.uri = f"{author.uri}/posts/{post.id}"
            author = await session.get_one(Actor, author.id)
            return await save_post(session, post, author=author, tags=tags)

    return save


@pytest_asyncio.fixture
async def register(database, our_instance, tmp_path):
    """A register of a cardiologist, a nurse and a student, and who can sign credentials."""
    lines = (
        line(kind="S", skill="SM04", workplace="CHU DE LYON", town="Lyon", department="69"),
        line("99900000011", family="DURAND", given="Bastien", profession="60"),
        line("99900000029", family="PETIT", given="Zoé", category="E"),
    )
    await import_register(database, write(tmp_path / "register.txt", *lines), FR_RPPS)


@pytest.fixture
def claim_for(database, register):
    """Let somebody claim to be the cardiologist of the register, or as `values` say."""

    async def make(claimant, **values):
        async with database.transaction() as session:
            return await claim_of(session, await session.get_one(Actor, claimant.id), **values)

    return make


@pytest_asyncio.fixture
async def nina(database):
    """Somebody without a badge who goes by the register's name."""
    async with database.transaction() as session:
        return await person(session, "nina")


@pytest.fixture
def claimed(claim_for, nina):
    """Let Nina claim, or somebody else."""

    async def make(claimant=nina, **values):
        return await claim_for(claimant, **values)

    return make


@pytest_asyncio.fixture
async def vera(reader, database):
    """A verifier, signed in: Carol."""
    async with database.transaction() as session:
        (await find_user_by_username(session, "carol")).is_verifier = True
    return reader


@pytest_asyncio.fixture
async def program(database):
    """A registered client program."""
    async with database.transaction() as session:
        found, _ = await register_app(
            session,
            name="Tusky <b>",
            redirect_uris=[CALLBACK, OUT_OF_BAND, "com.example.app:/cb"],
            scopes="read write follow push",
            website="https://tusky.example/about",
        )
    return found


@pytest.fixture
def rows(database):
    """Return all rows of a table."""

    async def find(kind):
        async with database.read() as session:
            return list(await session.scalars(select(kind)))

    return find


@pytest.fixture
def written(rows):
    """Return what was written, the newest first."""

    async def find():
        return sorted(await rows(Post), key=lambda post: post.id, reverse=True)

    return find
