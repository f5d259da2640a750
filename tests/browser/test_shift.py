"""On bad Wi-Fi the words come first, and nothing moves when the pictures come after them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

import factories
from actors.follows import save_follow
from actors.queries import find_local_actor
from core.clock import now
from core.html import SANITISER_VERSION, sanitise
from core.settings import Settings
from db.session import Database
from fakes.pictures import serve_picture
from notifications.notify import notify_follow, notify_mention
from posts.cards import key_of
from posts.models import LinkCard, Mention, Post, Visibility
from posts.save import save_post
from posts.timelines import fill_home

pytestmark = pytest.mark.timeout(300)

HOST = "ward.example"
LINK = "https://rythmo.example/{}"
# 50 kB a second both ways, and 300 ms until anything comes.
WARD_WIFI = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
PHONE = {"device_scale_factor": 2, "is_mobile": True, "has_touch": True, "service_workers": "block"}
# What a reader would not notice; a picture that pushes words aside makes more than 0.1.
MOST = 0.01
# Nobody touches the page: a browser that takes its own settling for input is not believed.
WATCHER = """
  const shifts = [];
  const note = entries => {
    for (const entry of entries) {
      const moved = entry.sources.map(({ node, previousRect: from, currentRect: to }) =>
        [(node?.outerHTML ?? node?.textContent ?? '').slice(0, 80),
         `${from.x},${from.y} ${from.width}x${from.height}`,
         `${to.x},${to.y} ${to.width}x${to.height}`]);
      shifts.push({ value: entry.value, moved });
    }
  };
  const observer = new PerformanceObserver(list => note(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  window.noted = () => { note(observer.takeRecords()); return shifts; };
"""
NOTED = "() => window.noted()"
# Two frames later all that was to come into sight has been laid out, and asked for.
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
DRAWN = "() => [...document.querySelectorAll('main img')].filter(i => i.naturalWidth).length"
# The pictures in sight have come.
IN_SIGHT = """() => [...document.querySelectorAll('main img')].filter(image => {
    const { top, bottom } = image.getBoundingClientRect();
    return image.checkVisibility() && bottom > 0 && top < innerHeight;
  })"""
ARRIVED = f"() => ({IN_SIGHT})().every(image => image.complete && image.naturalWidth > 0)"
SCROLL = """() => { const before = scrollY; scrollBy(0, innerHeight * 0.8);
    return scrollY > before; }"""


# Of the session, as the scene is: once a browser is open no loop of ours can run.
@pytest.fixture(scope="session")
def ward(instance, scene, files):
    """What Anne's phone shows: colleagues with faces, pictures of every shape, links with more."""
    settings = Settings(
        _env_file=None,
        base_url=instance.base_url,
        data_dir=Path(instance.environment["CONSILIUM_DATA_DIR"]),
        development=True,
    )
    return asyncio.run(_furnish(settings, files))


async def _furnish(settings, files):
    database = Database(settings)
    try:
        async with database.transaction() as session:
            return await _Ward(session, files).fill()
    finally:
        await database.close()


class _Ward:
    def __init__(self, session, files):
        self.session = session
        self.files = files

    async def fill(self):
        anne = await find_local_actor(self.session, "a.martin")
        karim = await self.colleague(anne)
        asked = await self.say(karim, "Un tracé sans mesures.", files=self.unmeasured())
        await self.say(karim, "Une réponse :large: dans une phrase qui continue.", parent=asked)
        await self.say(karim, "Deux tracés.", parent=asked, files=self.measured())
        for number in range(2):
            await self.linked(karim, LINK.format(number))
        told = await self.say(karim, "@a.martin Vous avez vu ?", parent=asked)
        self.session.add(Mention(post_id=told.id, actor_id=anne.id))
        await self.session.flush()
        await notify_follow(self.session, anne.id, karim.id)
        await notify_mention(self.session, told, karim, [anne.id])
        await fill_home(self.session, anne.id, karim.id)
        return {
            "home": "/",
            "thread": f"/@{karim.handle}/{asked.id}",
            "profile": f"/@{karim.handle}",
            "notifications": "/notifications",
        }

    async def colleague(self, anne):
        one = await factories.make_remote_actor(self.session, "k.ziani", host=HOST)
        one.name = "Dr Karim :large: Ziani"
        one.emojis = [{"name": "large", "url": self.picture("/large.png", (240, 40))}]
        one.avatar_url = self.picture("/karim.jpg", (400, 400))
        one.header_url = self.picture("/ward.jpg", (900, 400))
        await factories.give_badge(self.session, one)
        await factories.make_peer(self.session, HOST, name="Ward", also=[self.files.host])
        await save_follow(self.session, anne, one, uri=f"{anne.uri}/follows/k", accepted=True)
        return one

    def picture(self, path, size):
        kind = "JPEG" if path.endswith("jpg") else "PNG"
        return serve_picture(self.files, path, size=size, format=kind)

    def unmeasured(self):
        """Two pictures whose server did not say how large they are."""
        return [
            {"media_type": "image/jpeg", "url": self.picture(path, size), "description": "Tracé"}
            for path, size in (("/wide.jpg", (800, 300)), ("/high.jpg", (300, 700)))
        ]

    def measured(self):
        url = self.picture("/known.jpg", (640, 480))
        row = {"media_type": "image/jpeg", "url": url, "width": 640, "height": 480}
        return [row | {"description": "Premier"}, row | {"description": "Second"}]

    async def linked(self, author, url):
        """Say something of a page that has a picture of itself."""
        card = LinkCard(
            key=key_of(url), url=url, title="Programme", description="Deux journées.",
            image_url=self.picture(f"/{key_of(url)[:8]}.jpg", (600, 315)), fetched_at=now(),
        )  # fmt: skip
        self.session.add(card)
        await self.say(author, f'Le programme : <a href="{url}">ici</a>.', card_url=url)

    async def say(self, author, words, *, parent=None, files=(), **values):
        post = Post(
            uri="", author_id=author.id, visibility=Visibility.PUBLIC, language="fr",
            content=sanitise(f"<p>{words}</p>"), sanitiser_version=SANITISER_VERSION,
            created_at=now() - timedelta(minutes=1), attachments=list(files),
            emojis=author.emojis, in_reply_to_id=parent.id if parent else None,
            in_reply_to_uri=parent.uri if parent else None, **values,
        )  # fmt: skip
        post.uri = f"{author.uri}/posts/{post.id}"
        return await save_post(self.session, post, author=author)


class _Pictures:
    """The pictures that a page asks for: the first are kept back until they are let go."""

    def __init__(self, page):
        self._kept: list | None = []
        self.came = 0
        page.route("**/media/**", self._asked)

    def _asked(self, route):
        if self._kept is None:
            self._come(route)
        else:
            self._kept.append(route)

    def _come(self, route):
        self.came += 1
        route.continue_()

    def let_go(self):
        going, self._kept = self._kept, None
        for route in going:
            self._come(route)


@pytest.fixture
def phone(visit, anne, instance):
    """A phone on the ward's Wi-Fi, in which Anne has signed in; it notes what moves."""
    context = visit(width=360, state=anne, language="fr", **PHONE)
    context.add_cookies([{"name": "lang", "value": "fr", "url": instance.base_url}])
    context.add_init_script(WATCHER)
    context.set_default_timeout(60_000)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", WARD_WIFI)
    return page


@pytest.mark.parametrize("name", ["home", "thread", "profile", "notifications"])
def test_the_words_come_first_and_nothing_moves_afterwards(phone, ward, name):
    pictures = _Pictures(phone)
    phone.goto(ward[name], wait_until="commit")

    # Nothing of the pictures has come yet.
    words = phone.locator("main :is(.words, .notice, .person-words)").first
    expect(words).to_be_visible(timeout=60_000)
    phone.wait_for_function(PAINTED)
    assert (pictures.came, phone.evaluate(DRAWN)) == (0, 0)
    pictures.let_go()
    is_further_down = True
    while is_further_down:
        phone.evaluate(SETTLED)
        phone.wait_for_function(ARRIVED)
        phone.evaluate(SETTLED)
        is_further_down = phone.evaluate(SCROLL)

    assert pictures.came > 0
    shifts = phone.evaluate(NOTED)
    assert sum(shift["value"] for shift in shifts) < MOST, json.dumps(shifts, indent=1)


def test_what_moves_is_noticed(phone, ward):
    """The watch itself: words that are pushed down by what comes above them count."""
    phone.goto(ward["notifications"])

    phone.evaluate("""() => { const late = document.createElement('p');
        late.textContent = 'Trop tard.';
        late.setAttribute('class', 'card');
        document.querySelector('main').prepend(late, late.cloneNode(true)); }""")
    phone.evaluate(SETTLED)

    assert sum(shift["value"] for shift in phone.evaluate(NOTED)) > MOST
