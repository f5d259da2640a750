"""Take the pictures of docs/interface.md: a few pages of the scene, as a doctor sees them."""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from sqlmodel import col

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from actors.models import Actor, Badge  # noqa: E402
from actors.queries import find_local_actor  # noqa: E402
from browsing import FLAGS, sign_in  # noqa: E402
from core.clock import now  # noqa: E402
from core.html import SANITISER_VERSION, sanitise  # noqa: E402
from core.settings import Settings  # noqa: E402
from db.session import AsyncSession, Database  # noqa: E402
from fakes.remote import FakeRemote  # noqa: E402
from instances import Instance  # noqa: E402
from posts.models import Post, Visibility  # noqa: E402
from posts.save import save_post  # noqa: E402
from posts.timelines import fill_home  # noqa: E402
from scene import Scene, set_scene  # noqa: E402

SHOWN = ROOT / "docs" / "interface"
PHONE, DESK = (360, 760), (1280, 900)
ASKED = (
    "Femme de 30-34 ans, vingt-huit semaines de grossesse, salves de tachycardie ventriculaire "
    "de la chambre de chasse à l’effort. Échographie normale.",
    "Bêtabloquant seul, ou une ablation sans scopie avant le terme ?",
)
CALLBACK = "http://127.0.0.1:1/callback"
# Every picture that is in sight has come, or will not.
LOADED = """() => Promise.all([...document.querySelectorAll('main img')]
  .filter(image => image.getBoundingClientRect().top < innerHeight)
  .map(image => { image.loading = 'eager'; return image.decode().catch(() => {}); }))"""


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the page's name in the scene, and who looks at it, how."""

    name: str
    page: str
    size: tuple[int, int]
    scheme: str
    language: str


SHOTS = (
    Shot("home-phone", "home", PHONE, "light", "fr"),
    Shot("composer-phone", "compose", PHONE, "light", "fr"),
    Shot("thread-desk-night", "thread", DESK, "dark", "en"),
)


def main() -> int:
    """Take each picture anew; return 1 where there is no browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is not installed (sudo apt-get install chromium)", file=sys.stderr)
        return 1
    SHOWN.mkdir(parents=True, exist_ok=True)
    with _house() as (instance, scene), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        cookies = sign_in(browser, instance, "a.martin")
        for shot in SHOTS:
            _take(browser, instance, cookies, shot=shot, path=scene.for_members[shot.page][0])
        browser.close()
    return 0


@contextmanager
def _house() -> Iterator[tuple[Instance, Scene]]:
    with TemporaryDirectory() as folder, FakeRemote("images") as files:
        made = Instance("chu-lyon", Path(folder), handle_domain="chu-lyon.example")
        with made.migrated() as instance:
            scene = set_scene(instance, CALLBACK, files)
            asyncio.run(_dress(instance))
            yield instance, scene


async def _dress(instance: Instance) -> None:
    """Turn the colleague who is odd in every way, for the tests, into one as there are many."""
    folder = Path(instance.environment["CONSILIUM_DATA_DIR"])
    settings = Settings(
        _env_file=None, base_url=instance.base_url, data_dir=folder, development=True
    )
    database = Database(settings)
    try:
        async with database.transaction() as session:
            await _dress_colleague(session)
    finally:
        await database.close()


async def _dress_colleague(session: AsyncSession) -> None:
    anne = await find_local_actor(session, "a.martin")
    found = await session.scalars(select(Actor).where(col(Actor.username) == "b.durand"))
    colleague = found.one()
    colleague.name, colleague.avatar_url = "Dr Bénédicte Durand-Lefèvre", None
    for badge in await session.scalars(select(Badge)):
        badge.status_checked_at = now()
        badge.name = colleague.name if badge.actor_id == colleague.id else badge.name
    words = "".join(f"<p>{paragraph}</p>" for paragraph in ASKED)
    post = Post(
        uri="", author_id=colleague.id, visibility=Visibility.DOCTORS, language="fr",
        clinical=True, content=sanitise(words), sanitiser_version=SANITISER_VERSION,
        created_at=now() - timedelta(minutes=12),
    )  # fmt: skip
    post.uri = f"{colleague.uri}/posts/{post.id}"
    await save_post(session, post, author=colleague)
    await fill_home(session, anne.id, colleague.id)


def _take(browser: Browser, instance: Instance, cookies: dict, *, shot: Shot, path: str) -> None:
    across, down = shot.size
    context = browser.new_context(
        base_url=instance.base_url,
        storage_state=cookies,
        viewport={"width": across, "height": down},
        # A phone's letters are sharper than one of these points.
        device_scale_factor=2 if shot.size == PHONE else 1,
        color_scheme=shot.scheme,
    )
    context.add_cookies([{"name": "lang", "value": shot.language, "url": instance.base_url}])
    page = context.new_page()
    page.goto(path)
    page.evaluate(LOADED)
    _save(page, SHOWN / f"{shot.name}.jpg")
    context.close()


def _save(page: Page, path: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").save(path, quality=72, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
