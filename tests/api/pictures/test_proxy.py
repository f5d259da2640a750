"""Files of other hosts come through us: who may look, and what is passed on; F14–F17."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
import pytest_asyncio

from actors.blocks import save_block
from actors.models import Actor
from core import clock
from core.settings import Switch
from db.session import Database
from fakes.fixtures import list_peer
from fakes.pictures import HTML, MP4, SVG, serve_picture
from fakes.remote import FakeRemote
from media.models import RemoteMedia
from media.proxy import NEW_COPIES
from moderation.models import PeerClass
from moderation.queries import find_peer, save_peer
from posts.cards import key_of
from posts.erasure import owe_erasure
from posts.models import Post, Visibility
from posts.save import delete_post
from workers.jobs import process_jobs

HEADERS = {
    "content-type", "content-length", "content-security-policy", "x-content-type-options",
    "cross-origin-resource-policy", "access-control-allow-origin", "referrer-policy",
    "x-robots-tag", "accept-ranges", "cache-control", "etag",
}  # fmt: skip


async def status_of(program, post):
    return await program.get(f"/api/v1/statuses/{post.id}")


def asked_of(remote):
    return [got.path for got in remote.journal]


class TestWhatIsPassedOn:
    """The proxy itself."""

    @pytest_asyncio.fixture
    async def urls(self, alice, post):
        shown = await status_of(alice, await post())
        return [file["url"] for file in shown["media_attachments"]]

    async def test_F17_only_addresses_that_we_wrote_are_passed_on(self, urls, looker, remote):
        image, film = urls
        path, _, query = image.partition("?")
        head, signature, encoded = path.rsplit("/", 2)
        other = base64.urlsafe_b64encode(f"{remote.base_url}/ecg.png".encode()).decode()
        forged = [
            f"{head}/{'0' * 32}/{encoded}?{query}",
            f"{head}/{signature}/{other.rstrip('=')}?{query}",
            f"{head}/{signature}/{film.rpartition('/')[2]}",
            f"{head}/{signature}/{encoded}",
            f"{head}/{signature}/{encoded}?{query}&small=1",
            f"{head}/{signature}/{encoded}?p=1",
            f"{head}/{signature}/%00?{query}",
            f"{head}/é/{encoded}?{query}",
        ]

        for address in forged:
            assert (await looker.get(address)).status_code == 403, address
        assert asked_of(remote) == []

    async def test_F17_nothing_of_what_a_host_answers_is_passed_on_but_the_file(
        self, urls, looker, remote
    ):
        hostile = {"set-cookie": "a=b", "location": "/x", "x-evil": "1", "etag": '"theirs"',
                   "content-security-policy": "script-src *", "refresh": "0;url=/"}  # fmt: skip
        serve_picture(remote, headers=hostile)

        answer = await looker.get(
            urls[0], Cookie="session=secret", Referer="http://x.example/",
            User_Agent="Somebody", X_Forwarded_For="198.51.100.7",
        )  # fmt: skip

        names = {name.lower() for name in answer.headers.keys()}
        assert names == HEADERS
        assert answer.content_type == "image/png"
        assert answer.headers["content-security-policy"].endswith("sandbox")
        assert answer.headers["x-content-type-options"] == "nosniff"
        told = str(remote.gets("/1.png")[0].headers)
        assert not [word for word in ("secret", "x.example", "Somebody", "198.51") if word in told]

    @pytest.mark.parametrize("body", [SVG, HTML], ids=["svg", "html"])
    async def test_F17_pages_and_drawings_with_scripts_are_not_passed_on(
        self, urls, looker, remote, body
    ):
        remote.script("/1.png", body=body, content_type="image/png")

        first, again = await looker.get(urls[0]), await looker.get(urls[0])

        assert (first.status_code, first.body) == (again.status_code, again.body) == (415, b"")
        assert len(remote.gets("/1.png")) == 1

    @pytest.mark.parametrize(
        ("asked", "status", "length"),
        [("bytes=0-9", 206, 10), ("bytes=" + ",".join(["0-"] * 5000), 200, len(MP4)),
         ("bytes=-5", 206, 5), ("bytes=99999999-", 416, 0), ("bytes=9-1", 416, 0)],
        ids=["first", "bomb", "last", "beyond", "backwards"],
    )  # fmt: skip
    async def test_F17_ranges_are_of_the_copy_and_one_at_most(
        self, urls, looker, remote, asked, status, length
    ):
        answer = await looker.get(urls[1], Range=asked)

        assert (answer.status_code, len(answer.body)) == (status, length)
        assert "range" not in dict(remote.gets("/1.mp4")[0].headers)

    async def test_a_copy_is_known_again_and_asked_for_by_its_head(self, urls, looker, remote):
        answer = await looker.get(urls[0])

        again = await looker.get(urls[0], If_None_Match=answer.headers["etag"])
        head = await looker.get(urls[0], method="HEAD")

        assert (again.status_code, again.body) == (304, b"")
        assert (head.status_code, head.body) == (200, b"")
        assert answer.headers["cache-control"] == "public, max-age=86400"
        assert len(remote.gets("/1.png")) == 1

    async def test_F16_what_cannot_be_had_is_nothing(self, urls, looker, remote):
        remote.script("/1.png", status=500)

        answer = await looker.get(urls[0])

        assert (answer.status_code, answer.body) == (404, b"")

    async def test_only_what_is_fetched_anew_is_counted(
        self, house, alice, look_at, post, remote, monkeypatch
    ):
        settings = house.services.settings.model_copy(update={"rate_limits": Switch.ON})
        counted = Database(settings)
        looker = look_at(counted)
        rows = [{"url": serve_picture(remote, f"/{n}.png"), "media_type": "image/png"}
                for n in range(4)]  # fmt: skip
        shown = await status_of(alice, await post(attachments=rows))
        urls = [file["url"] for file in shown["media_attachments"]]
        few = type(NEW_COPIES)(per_minute=1, burst=3)
        monkeypatch.setattr("media.proxy.NEW_COPIES", few)

        first = [(await looker.get(url)).status_code for url in [*urls[:3], *urls[:3] * 5]]
        refused = await looker.get(urls[3])
        looker.address = "192.0.2.2"
        elsewhere = await looker.get(urls[3])
        await counted.close()

        assert set(first) == {200}
        assert (refused.status_code, refused.body) == (429, b"")
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert elsewhere.status_code == 200


class TestForWhom:
    """A link opens as long as what it was shown with may be read."""

    async def test_F14_a_link_to_what_is_not_for_everybody_is_one_readers_and_expires(
        self, house, alice, bruno, bob, post, looker
    ):
        for person in (alice, bruno):
            await house.follows(person.actor, bob)
        private = await post(Visibility.FOLLOWERS)

        mine = (await status_of(alice, private))["media_attachments"][0]["url"]
        theirs = (await status_of(bruno, private))["media_attachments"][0]["url"]
        answer = await looker.get(mine)

        assert mine != theirs
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
        assert (await looker.get(mine.partition("?")[0])).status_code == 403
        assert (await looker.get(mine.partition("?")[0] + f"?p={private.id}")).status_code == 403
        clock.shift(timedelta(hours=13))
        assert (await looker.get(mine)).status_code == 404

    async def test_F14_a_link_opens_nothing_once_its_reader_may_not_read(
        self, house, alice, bob, post, looker
    ):
        await house.follows(alice.actor, bob)
        private = await post(Visibility.FOLLOWERS)
        url = (await status_of(alice, private))["media_attachments"][0]["url"]
        assert (await looker.get(url)).status_code == 200

        async with house.database.transaction() as session:
            author, reader = [await session.get_one(Actor, one.id) for one in (bob, alice.actor)]
            await save_block(session, author, reader, uri="http://b.localhost/blocks/1")

        assert (await looker.get(url)).status_code == 404

    async def test_F15_with_a_post_its_copies_go_and_its_links(
        self, house, alice, post, looker, remote, client
    ):
        kept = await post()
        url = (await status_of(alice, kept))["media_attachments"][0]["url"]
        assert (await looker.get(url)).status_code == 200
        files = house.services.settings.data_dir / "media"
        assert len([path for path in files.rglob("*.*") if path.is_file()]) == 2

        async with house.database.transaction() as session:
            await delete_post(session, await session.get_one(Post, kept.id))
        await process_jobs(house.database, client)

        assert (await looker.get(url)).status_code == 404
        assert [path for path in files.rglob("*.*") if path.is_file()] == []
        async with house.database.read() as session:
            assert await session.get(RemoteMedia, key_of(f"{remote.base_url}/1.png")) is None
        assert len(remote.gets("/1.png")) == 1

    async def test_with_an_actor_who_is_gone_the_portrait_goes(
        self, house, alice, bob, looker, remote
    ):
        account = await alice.get(f"/api/v1/accounts/{bob.id}")
        assert (await looker.get(account["avatar"])).status_code == 200

        async with house.database.transaction() as session:
            await owe_erasure(session, await session.get_one(Actor, bob.id))

        async with house.database.read() as session:
            assert await session.get(RemoteMedia, key_of(f"{remote.base_url}/avatar.gif")) is None

    async def test_of_a_blocked_host_nothing_is_shown_wherever_it_lies(
        self, house, alice, post, looker, remote
    ):
        with FakeRemote("files") as files:
            await list_peer(house.database, files, PeerClass.SOCIAL)
            rows = [{"url": serve_picture(files), "media_type": "image/png"}]
            here = await status_of(alice, await post())
            there = await status_of(alice, await post(attachments=rows))
            urls = [one["media_attachments"][0]["url"] for one in (here, there)]
            urls.append(here["account"]["avatar"])
            assert [(await looker.get(url)).status_code for url in urls] == [200, 200, 200]

            async with house.database.transaction() as session:
                peer = await find_peer(session, remote.host)
                peer.peer_class = PeerClass.BLOCKED
                await save_peer(session, peer)

            assert [(await looker.get(url)).status_code for url in urls] == [404, 404, 404]
