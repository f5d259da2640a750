"""Every page, for strangers and members, by day and by night, on phone, tablet and desk."""

from __future__ import annotations

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from werkzeug.routing import Map, Rule

from browsing import SCREENSHOTS, Watch
from web.routes import PAGES

WIDTHS = [360, 768, 1280]
# At which width axe looks: at the narrowest by day, at the widest by night.
LOOKS = {"light": 360, "dark": 1280}
# `make screenshots` takes pictures, and axe looks at each language in each scheme; else nobody sees
# the pictures, and both schemes and both languages have their turn.
ALL = os.environ.get("SCREENSHOTS") == "all"
USUAL = {(360, "light", "fr"), (1280, "dark", "en")}
pytestmark = pytest.mark.timeout(900)
# What answers no page, or leads on to one; and what only who has a second factor sees.
NO_PAGES = {
    "/@<handle>.vcf",
    "/@<handle>/practitioner.json",
    "/@<handle>.<any(rss, atom):kind>",
    "/tags/<name>.<any(rss, atom):kind>",
    "/oembed",
    "/live",
    "/manifest.webmanifest",
    "/worker.js",
    "/directory/map",
    "/compose/reach",
    "/compose/complete",
    "/compose/files/<media_id>",
    "/auth/second-factor",
    "/settings/security/recovery-codes",
}
# Rules of best practice are kept too; nothing is let off.
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
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
  .filter(element => !['hidden', 'checkbox', 'radio'].includes(element.type))
  .filter(element => element.checkVisibility())
  .map(element => {
    const box = element.getBoundingClientRect();
    const more = getComputedStyle(element, '::before');
    const isReaching = more.position === 'absolute';
    const extra = isReaching ? -parseFloat(more.top) - parseFloat(more.bottom) : 0;
    return [element.outerHTML.slice(0, 80), box.height + extra];
  }).filter(([, height]) => height < 44)"""


def walk(context, pages, who, language):
    """Look at each page in every width and by day and night; return what the browser did."""
    watch = Watch()
    page = watch.over(context.new_page())
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, (path, status) in pages.items():
        answer = page.goto(path)
        assert answer.status == status, f"{name} for a {who}: {answer.status}"
        assert page.locator("html").get_attribute("lang") == language, name
        for scheme, axe_width in LOOKS.items():
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                where = f"{name} for a {who}, {width} px, {scheme}, {language}"
                assert page.evaluate(OVERFLOW) <= 0, f"{where}: wider than the window"
                assert page.evaluate(SMALL) == [], where
                if ALL:
                    picture = SCREENSHOTS / f"{who}-{name}-{width}-{scheme}-{language}.jpg"
                    page.screenshot(path=picture, full_page=True, type="jpeg", quality=60)
            if ALL or (axe_width, scheme, language) in USUAL:
                page.set_viewport_size({"width": axe_width, "height": 800})
                check_access(page, f"{name} for a {who}, {axe_width} px, {scheme}, {language}")
    return watch


def check_access(page, where):
    # Only what is wrong is wanted: all that is right would be as much as the page.
    page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options).then(found => found.violations)", AXE)
    said = [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]
    assert said == [], where


def open_everything(page):
    for summary in page.locator("details:not([open]):not(.pop) > summary").all():
        if summary.is_visible():
            summary.click()
    # Opening scrolls: what then lies half below the head of the page is not too small by itself.
    page.evaluate("scrollTo(0, 0)")


def test_the_walk_leaves_no_page_out(scene):
    reads = [path for method, path, _ in PAGES if method == "GET"]
    rules = Map([Rule(path, endpoint=path) for path in reads])
    places = rules.bind("chu-lyon.example")
    walks = (scene.for_strangers, scene.for_members, scene.for_plain_members,
             scene.for_administrators)  # fmt: skip
    walked = {path.partition("?")[0] for pages in walks for path, _ in pages.values()}

    met = {places.match(path)[0] for path in walked - {"/nowhere"}}

    assert set(reads) - met == NO_PAGES


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_stranger_walks_about(visit, scene, instance, language):
    context = visit(language=language)

    watch = walk(context, scene.for_strangers, "stranger", language)

    assert watch.complaints == []
    assert watch.hosts == {instance.host}
    assert context.cookies() == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("who", ["doctor", "member", "administrator"])
def test_somebody_walks_about(visit, scene, instance, members, who, language):
    pages = {
        "doctor": scene.for_members,
        "member": scene.for_plain_members,
        "administrator": scene.for_administrators,
    }[who]
    context = visit(language=language, state=members[who])
    context.add_cookies([{"name": "lang", "value": language, "url": instance.base_url}])

    watch = walk(context, pages, who, language)

    assert watch.complaints == []
    assert watch.hosts == {instance.host}


def test_what_is_folded_can_be_read_too(visit, scene, members):
    page = visit(width=360, state=members["doctor"]).new_page()
    for name in ("thread", "pictures", "design", "profile", "warned"):
        page.goto(scene.for_members[name][0])
        open_everything(page)

        check_access(page, f"{name}, unfolded")
        assert page.evaluate(OVERFLOW) <= 0, name


def test_which_of_two_towns_is_asked_on_a_phone_too(visit, scene, anne):
    page = visit(width=360, state=anne, reduced_motion="reduce").new_page()
    page.goto("/settings/practice")
    page.fill("[name=place]", "Saint-Denis")

    page.locator("[name=place]").press("Enter")

    page.get_by_role("radio").first.wait_for()
    check_access(page, "a town that is two")
    assert (page.evaluate(OVERFLOW), page.evaluate(SMALL)) == (0, [])


@pytest.mark.parametrize("width", [320, 1920])
def test_the_smallest_and_the_largest_screen_show_every_page(visit, scene, anne, width):
    for state, pages in ((None, scene.for_strangers), (anne, scene.for_members)):
        page = visit(width=width, state=state, java_script_enabled=False).new_page()
        for path, status in pages.values():
            assert page.goto(path).status == status, path
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
