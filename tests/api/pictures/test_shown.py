"""Every picture that an answer or a page names is ours, and naming it asks nobody.

Security.md §5: no reader's device asks another host, and neither do we before somebody looks.
"""

from __future__ import annotations

from quart import Quart

from actors.models import Actor
from core import clock
from core.settings import PublicPages
from db.session import Database
from fakes.pictures import serve_picture
from federation.documents.question import OptionDocument, PollDocument
from posts.cards import key_of
from posts.models import LinkCard, Post
from posts.polls import save_poll
from posts.reactions import ReactionKind, save_reaction
from web.routes import web_blueprints


async def status_of(program, post):
    return await program.get(f"/api/v1/statuses/{post.id}")


def asked_of(remote):
    return [got.path for got in remote.journal]


async def test_all_that_a_status_names_is_ours_and_nothing_is_asked(
    house, alice, bob, post, remote, looker
):
    shown = await status_of(alice, await post())

    image, film = shown["media_attachments"]
    account, (emoji,), (blob,) = shown["account"], shown["emojis"], shown["account"]["emojis"]
    urls = {
        "/1.png": [image["url"], image["preview_url"]],
        "/1.mp4": [film["url"]],
        "/ecg.png": [emoji["url"], emoji["static_url"]],
        "/blob.png": [blob["url"], blob["static_url"]],
        "/avatar.gif": [account["avatar"], account["avatar_static"]],
        "/header.jpg": [account["header"], account["header_static"]],
    }
    assert (image["type"], film["type"]) == ("image", "video")
    assert image["remote_url"] == f"{remote.base_url}/1.png"
    assert film["preview_url"] is None
    assert (emoji["shortcode"], blob["shortcode"]) == ("ecg", "blob")
    assert asked_of(remote) == []
    for path, named in urls.items():
        for url in named:
            assert url.startswith("http://a.localhost:8001/media/proxy/")
            assert (await looker.get(url)).status_code == 200, path
    assert sorted(asked_of(remote)) == sorted(urls)


async def test_a_still_of_what_moves_is_a_picture_of_its_own(house, alice, bob, looker):
    account = await alice.get(f"/api/v1/accounts/{bob.id}")

    moving = await looker.get(account["avatar"])
    still = await looker.get(account["avatar_static"])

    assert moving.content_type == "image/webp"
    assert moving.body != still.body


async def test_reactions_polls_and_cards_show_theirs(house, alice, bob, post, remote):
    async with house.database.transaction() as session:
        page = f"{remote.base_url}/page"
        picture = serve_picture(remote, "/card.png")
        session.add(LinkCard(key=key_of(page), url=page, title="Page", image_url=picture,
                             fetched_at=clock.now()))  # fmt: skip
    asking = await post(kind="Question", content=f'<p><a href="{page}">x</a></p>')
    async with house.database.transaction() as session:
        kept = await session.get_one(Post, asking.id)
        await save_poll(session, kept, PollDocument((OptionDocument("Oui :ecg:"),)))
        for name, icon in ((":blob:", f"{remote.base_url}/blob.png"), ("🫀", None)):
            await save_reaction(
                session, await session.get_one(Actor, bob.id), kept,
                kind=ReactionKind.EMOJI, name=name, uri="", icon_url=icon,
            )  # fmt: skip

    shown = await status_of(alice, asking)
    poll = await alice.get(f"/api/v1/polls/{asking.id}")

    ours = "http://a.localhost:8001/media/proxy/"
    assert shown["card"]["image"].startswith(ours)
    blob, heart = shown["consilium"]["reactions"]
    assert (blob["name"], heart["name"], heart["url"]) == (":blob:", "🫀", None)
    assert blob["url"].startswith(ours)
    assert [one["shortcode"] for one in shown["poll"]["emojis"]] == ["ecg"]
    assert poll["emojis"] == shown["poll"]["emojis"]


async def test_F16_files_of_a_host_that_is_not_asked_are_only_named(house, alice, post):
    elsewhere = {"url": "https://cdn.example/1.png", "media_type": "image/png"}
    broken = {"url": "https://[bad", "media_type": "image/png"}

    shown = await status_of(alice, await post(attachments=[elsewhere, broken]))

    one, other = shown["media_attachments"]
    assert (one["type"], one["url"], one["preview_url"]) == ("unknown", elsewhere["url"], None)
    assert other["type"] == "unknown"


async def test_who_is_suspended_shows_no_picture(house, alice, bob):
    async with house.database.transaction() as session:
        (await session.get_one(Actor, bob.id)).suspended_at = clock.now()

    account = await alice.get(f"/api/v1/accounts/{bob.id}")

    assert account["avatar"].endswith("/static/no-avatar.png")
    assert account["emojis"] == []


async def test_there_are_no_emojis_of_ours(house, alice):
    assert await alice.get("/api/v1/custom_emojis") == []
    assert await house.stranger.get("/api/v1/custom_emojis") == []


async def test_pages_name_only_what_is_ours_and_ask_nothing(
    house, alice, post, remote, looker
):
    shown = await post(sensitive=False)
    settings = house.services.settings.model_copy(update={"public_pages": PublicPages.POSTS})
    pages = Database(settings)
    app = Quart("pages", static_folder=None)
    for blueprint in web_blueprints(pages, house.client):
        app.register_blueprint(blueprint)

    answer = await app.test_client().get(
        f"/@bob@{remote.host}/{shown.id}", headers={"Host": "a.localhost:8001"}
    )
    page = await answer.get_data(as_text=True)
    html = page.partition("<main")[2].partition("</main>")[0]
    await pages.close()

    assert asked_of(remote) == []
    named = [part.split('"')[0] for part in html.split('src="')[1:]]
    assert len(named) == 4 and all(path.startswith("/media/proxy/") for path in named)
    assert 'alt="Un &lt;tracé&gt;" width="64" height="48"' in html
    assert 'alt=":ecg:"' in html
    for path in named:
        assert (await looker.get(path)).status_code == 200
