"""Every page, for strangers and members, by day and by night, on phone, tablet and desk."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from browsing import SCREENSHOTS, Watch

WIDTHS = [360, 768, 1280]
LOOKS = [("light", "fr"), ("dark", "en"), ("light", "en"), ("dark", "fr")]
# Each scheme and each language at every width; the other pairs where there is least room.
WALKS = [(width, *look) for width in WIDTHS for look in LOOKS if width == 360 or look in LOOKS[:2]]
# Rules of best practice are kept too; nothing is let off.
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What is wider than the window, but for what may scroll in itself.
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Each picture, and whether there is anything to see of it; those far below are waited for too.
LOADED = """() => Promise.all([...document.querySelectorAll('main img')].map(async image => {
    image.loading = 'eager';
    await image.decode().catch(() => {});
    return [image.outerHTML.slice(0, 120), image.naturalWidth > 0];
  }))"""
# Controls that stand by themselves; links within a text need no such size (WCAG 2.5.8).
SMALL = """() => [...document.querySelectorAll(
    'button, .button, summary, .brand, .me-link, .bottom a, .choice, .fields input')]
  .filter(element => element.type !== 'hidden' && element.type !== 'checkbox')
  .filter(element => element.checkVisibility())
  .map(element => {
    const box = element.getBoundingClientRect();
    const more = getComputedStyle(element, '::before');
    const isReaching = more.position === 'absolute';
    const extra = isReaching ? -parseFloat(more.top) - parseFloat(more.bottom) : 0;
    return [element.outerHTML.slice(0, 80), box.height + extra];
  }).filter(([, height]) => height < 44)"""


def walk(context, pages, who, look):
    watch = Watch()
    page = watch.over(context.new_page())
    width, scheme, language = look
    for name, (path, status) in pages.items():
        answer = page.goto(path)
        where = f"{name} for a {who}, {width} px, {scheme}, {language}"
        assert answer.status == status, where
        assert page.locator("html").get_attribute("lang") == language, where
        assert page.evaluate(OVERFLOW) <= 0, f"{where}: wider than the window"
        assert page.evaluate(SMALL) == [], where
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        picture = SCREENSHOTS / f"{who}-{name}-{width}-{scheme}-{language}.png"
        page.screenshot(path=picture, full_page=True)
        if (scheme, language) in LOOKS[:2]:
            check_access(page, where)
    return page, watch


def check_access(page, where):
    for summary in page.locator("details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
    found = Axe().run(page, options=AXE).response["violations"]
    said = [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]
    assert said == [], where


@pytest.mark.parametrize(("width", "scheme", "language"), WALKS)
def test_a_stranger_walks_about(visit, scene, instance, width, scheme, language):
    context = visit(width=width, scheme=scheme, language=language)

    _, watch = walk(context, scene.for_strangers, "stranger", (width, scheme, language))

    assert watch.complaints == []
    assert watch.hosts == {instance.host}
    assert context.cookies() == []


@pytest.mark.parametrize(("width", "scheme", "language"), WALKS)
def test_a_doctor_walks_about(visit, scene, instance, anne, width, scheme, language):
    context = visit(width=width, scheme=scheme, language=language, state=anne)
    context.add_cookies([{"name": "lang", "value": language, "url": instance.base_url}])

    _, watch = walk(context, scene.for_members, "doctor", (width, scheme, language))

    assert watch.complaints == []
    assert watch.hosts == {instance.host}


@pytest.mark.parametrize("width", [320, 1920])
def test_the_smallest_and_the_largest_screen_show_every_page(visit, scene, anne, width):
    for state, pages in ((None, scene.for_strangers), (anne, scene.for_members)):
        page = visit(width=width, state=state).new_page()
        for path, _ in pages.values():
            page.goto(path)
            assert page.evaluate(OVERFLOW) <= 0, path


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_pictures_of_all_houses_are_seen_and_come_from_this_one(
    visit, scene, instance, files, width, scheme
):
    watch = Watch()
    page = watch.over(visit(width=width, scheme=scheme).new_page())
    page.goto(scene.pictures)
    page.locator(".warned > summary").click()

    loaded = page.evaluate(LOADED)
    page.screenshot(path=SCREENSHOTS / f"pictures-{width}-{scheme}.png", full_page=True)

    assert len(loaded) == 9
    assert [image for image, is_seen in loaded if not is_seen] == []
    assert (watch.hosts, watch.complaints) == ({instance.host}, [])
    assert page.evaluate(OVERFLOW) <= 0
    assert not [got for got in files.journal if "cookie" in dict(got.headers)]


def test_nothing_moves_for_who_asks_for_stillness(visit, scene):
    moving = "() => getComputedStyle(document.querySelector('.button')).transitionDuration"
    still = visit(reduced_motion="reduce").new_page()
    usual = visit(reduced_motion="no-preference").new_page()
    for page in (still, usual):
        page.goto("/")

    assert set(still.evaluate(moving).split(", ")) == {"0s"}
    assert {float(one[:-1]) for one in usual.evaluate(moving).split(", ")} == {0.12}


def test_what_has_the_focus_can_be_seen(visit, scene, anne):
    page = visit(width=360, state=anne).new_page()
    page.goto(scene.thread)
    outline = """() => { const style = getComputedStyle(document.activeElement);
        return [document.activeElement.outerHTML.slice(0, 80), style.outlineStyle,
                parseFloat(style.outlineWidth)] }"""
    seen = set()

    for _ in range(25):
        page.keyboard.press("Tab")
        html, style, width = page.evaluate(outline)
        if html.startswith("<body"):
            break
        seen.add(html)
        assert style == "solid" and width >= 2, html

    assert len(seen) > 12
