"""What holds for every page: headers, language, errors, files, templates."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import factories
from core.settings import PublicPages
from web.headers import page_headers

WEB = Path(__file__).resolve().parents[2] / "web"
PATHS = ["/", "/about", "/auth/sign-in", "/@alice", "/@nobody", "/nowhere", "/oauth/authorize",
         "/tags/x"]  # fmt: skip
SCRIPT = ' src="/static/main.….js" type="module"'


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_has_the_headers_of_the_house(stranger, alice, settings, path):
    wanted = page_headers(settings)

    page = await stranger.get(path)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert {name: page.headers.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("path", PATHS)
async def test_no_page_has_a_script_or_a_style_of_its_own(stranger, alice, path):
    html = (await stranger.get(path)).html

    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html)
    assert [re.sub("[0-9a-f]{12}", "…", given) for given, _ in scripts] == [SCRIPT]
    assert [text for _, text in scripts] == [""]
    assert "<style" not in html
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", html)
    assert not re.search(r'(src|href|action)="(https?:)?//(?!a\.localhost)', html)


@pytest.mark.parametrize("path", PATHS)
async def test_no_page_lets_scripts_of_other_places_read_it(stranger, alice, path):
    page = await stranger.get(path, Origin="https://evil.example")

    assert not [name for name in page.headers.keys() if name.lower().startswith("access-control")]


def test_only_html_that_was_made_safe_is_not_escaped():
    unescaped = [
        str(path.relative_to(WEB))
        for path in WEB.rglob("*")
        if path.suffix in {".py", ".html"}
        and re.search(r"Markup\(|\|\s*safe\b|autoescape false", path.read_text())
    ]

    assert sorted(unescaped) == ["emojis.py", "person.py"]


async def test_the_front_page_says_what_this_place_is(stranger):
    page = await stranger.get("/")

    assert page.status == 200
    assert "Doctors among themselves" in page.text
    assert "On a.localhost:8001, doctors ask" in page.text


async def test_the_front_page_names_the_linked_houses_to_who_may_read_profiles(
    stranger, database
):
    async with database.transaction() as session:
        await factories.make_peer(session, "b.example", name="Saint-<Louis>")
        await factories.make_peer(session, "c.example", peer_class="social")

    page = await stranger.get("/")

    assert "Saint-&lt;Louis&gt;" in page.html
    assert "c.example" not in page.html


class TestNothingForStrangers:
    @pytest.fixture
    def shown(self):
        return PublicPages.OFF

    async def test_the_linked_houses_are_not_named(self, stranger, database):
        async with database.transaction() as session:
            await factories.make_peer(session, "b.example")

        page = await stranger.get("/")

        assert page.status == 200
        assert "b.example" not in page.html


# Languages


async def test_the_language_follows_the_browser(stranger):
    french = await stranger.get("/auth/sign-in", Accept_Language="de, fr-CA;q=0.8, en;q=0.7")
    english = await stranger.get("/auth/sign-in", Accept_Language="de")

    assert '<html lang="fr">' in french.html
    assert '<html lang="en">' in english.html


async def test_the_language_of_the_account_goes_before_the_browsers(reader):
    assert '<html lang="en">' in (await reader.get("/", Accept_Language="fr")).html


async def test_a_choice_goes_before_everything(reader):
    form = (await reader.get("/about?x=1")).forms["/language"]
    sent = await reader.post("/language", form | {"lang": "fr"})

    assert sent.location == "/about?x=1"
    assert '<html lang="fr">' in (await reader.get("/about")).html
    assert '<html lang="en">' in (await reader.get("/about?lang=en")).html
    assert reader.cookies["lang"].value == "fr"


async def test_a_choice_takes_the_language_out_of_the_address(stranger):
    sent = await stranger.post("/language", {"lang": "fr", "next": "/about?lang=en&x=%26"})

    assert sent.location == "/about?x=%26"


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example/", "/\\evil"])
async def test_a_choice_leads_nowhere_else(stranger, onward):
    sent = await stranger.post("/language", {"lang": "fr", "next": onward})

    assert sent.location == "/"


async def test_a_language_that_is_none_is_refused(stranger):
    page = await stranger.post("/language", {"lang": "xx"})

    assert page.status == 422
    assert "Set-Cookie" not in page.headers


# Errors


async def test_what_is_not_there_has_a_page(stranger):
    page = await stranger.get("/nowhere")

    assert page.status == 404
    assert "Nothing to show here" in page.text


async def test_H25_what_breaks_has_a_page_that_tells_nothing(stranger, app):
    app.config["PROPAGATE_EXCEPTIONS"] = False

    page = await stranger.get("/broken")

    assert page.status == 500
    assert "Something broke on our side" in page.text
    assert "secret" not in page.html


async def test_the_page_of_what_breaks_needs_no_database(doctor, app, database, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(type(database), "read", None)

    page = await doctor.get("/about")

    assert page.status == 500
    assert "Something broke on our side" in page.text


async def test_a_wrong_method_has_a_page(stranger):
    page = await stranger.post("/about", {})

    assert page.status == 405
    assert "This request cannot be answered" in page.text


async def test_a_program_gets_a_few_words(stranger):
    page = await stranger.get("/nowhere", Accept="application/json")

    assert page.status == 404
    assert "<main" not in page.html


@pytest.mark.parametrize(
    "path", ["/@a%00b", "/@alice/1%00", "/tags/%00", "/@%ff%fe", "/tags/%ed%a0%80",
             "/oauth/authorize?client_id=a%00b", "/@alice?max_id=%00", "/%00"],
)  # fmt: skip
async def test_an_address_that_is_no_text_breaks_nothing(stranger, alice, path):
    assert (await stranger.get(path)).status in {200, 303, 400, 404}


# Files


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("no-avatar.png", "image/png"),
        ("no-header.png", "image/png"),
        ("thumbnail.png", "image/png"),
        ("icon.svg", "image/svg+xml"),
        ("style.css", "text/css; charset=utf-8"),
    ],
)
async def test_the_files_are_served(stranger, name, kind):
    page = await stranger.get(f"/static/{name}")

    assert page.status == 200
    assert page.headers["Content-Type"] == kind
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in page.headers


async def test_a_file_is_kept_for_ever_under_its_version_and_checked_under_its_name(stranger):
    html = (await stranger.get("/")).html
    versioned = re.search(r'href="(/static/style\.[0-9a-f]+\.css)"', html)[1]

    kept = await stranger.get(versioned)
    checked = await stranger.get("/static/style.css")
    again = await stranger.get("/static/style.css", If_None_Match=checked.headers["ETag"])

    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert checked.headers["Cache-Control"] == "public, max-age=3600"
    assert (again.status, again.html) == (304, "")


@pytest.mark.parametrize("name", ["..%2fsite.py", "none.css", "../site.py"])
async def test_nothing_else_is_served(stranger, name):
    assert (await stranger.get(f"/static/{name}")).status == 404


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in (WEB / "static").iterdir()) < 100_000
