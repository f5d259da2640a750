"""What the pages show to the browser: people, a thread, a program; `scene_pages.py` has where."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

import factories
from actors.follows import save_follow
from actors.queries import find_local_actor, get_actor
from commands import Commands
from core.clock import now
from core.html import SANITISER_VERSION, sanitise
from core.settings import Settings
from db.session import Database, settings_of
from fakes.pictures import picture_bytes, serve_picture
from fakes.remote import FakeRemote
from federation.documents.question import OptionDocument, PollDocument
from instances import Instance
from media.models import Media, MediaKind, MediaState
from media.store import Store
from media.upload import attachment_row
from posts.models import Post, Visibility
from posts.polls import save_poll
from posts.save import save_post
from scene_badges import set_badges
from scene_doctors import set_doctors
from scene_doors import open_doors
from scene_events import BOB_HOST, set_events
from scene_pages import Scene
from users.apps import OUT_OF_BAND, register_app
from users.devices import start_device
from users.models import DeviceGrant


def set_scene(instance: Instance, callback: str, files: FakeRemote) -> Scene:
    """Fill a running instance through its database; the accounts come from its command line.

    `files` is where another hospital keeps its pictures.
    """
    commands = Commands(instance)
    commands.account("a.martin", "Dr Anne Martin")
    commands.account("c.petit", "Camille Petit")
    commands.account("d.rey", "Dominique Rey", role="admin")
    settings = Settings(
        _env_file=None,
        base_url=instance.base_url,
        data_dir=Path(instance.environment["CONSILIUM_DATA_DIR"]),
        development=True,
    )
    return asyncio.run(_fill(settings, callback, files))


async def _fill(settings: Settings, callback: str, files: FakeRemote) -> Scene:
    database = Database(settings)
    try:
        async with database.transaction() as session:
            return await _Stage(session, files).fill(callback)
    finally:
        await database.close()


class _Stage:
    def __init__(self, session, files):
        self.session = session
        self.files = files

    async def fill(self, callback):
        anne = await find_local_actor(self.session, "a.martin")
        camille = await find_local_actor(self.session, "c.petit")
        benedicte = await self.people(anne)
        case = await self.say(
            anne,
            "<p>Femme de 50-54 ans, syncope à l’effort, QTc à 490 ms au repos, échographie "
            "normale. À l’épreuve d’effort, le QT ne se raccourcit pas.</p><p>Commenceriez-vous un "
            "bêtabloquant avant le résultat génétique ?</p>",
            "doctors", hours=4, clinical=True,
        )  # fmt: skip
        answer = await self.say(
            benedicte,
            "<p>Oui, nadolol sans attendre, et éviter ce qui allonge le QT. Le génotype changera "
            "le choix, pas l’urgence.</p>",
            "doctors", hours=3, parent=case,
        )  # fmt: skip
        deeper = await self.say(anne, "<p>Dose de départ ?</p>", "doctors", hours=2, parent=answer)
        last = await self.say(benedicte, "<p>40 mg.</p>", "doctors", hours=1, parent=deeper)
        edited = await self.say(anne, "<p>Merci.</p>", "doctors", parent=last, edited_at=now())
        warned = await self.say(
            camille, "<p>Dissection aortique, vue peropératoire.</p>", "local",
            content_warning="Image opératoire",
            attachments=[{"description": "Aorte ascendante ouverte"}, {"description": ""}],
        )  # fmt: skip
        public = await self.announcement(anne)
        await self.kinds(benedicte, quoted=public)
        pictures = await self.pictures(anne, benedicte)
        events = await set_events(
            self.session, self.say, anne=anne, benedicte=benedicte, camille=camille, kept=public
        )
        app, _ = await register_app(
            self.session,
            name="Tusky",
            redirect_uris=[callback, OUT_OF_BAND],
            scopes="read write follow push offline_access",
            website="https://tusky.app",
        )
        mine, camilles = "/@a.martin", "/@c.petit"
        return Scene(
            thread=f"{mine}/{case.id}",
            answer=f"/@b.durand@{BOB_HOST}/{answer.id}",
            warned=f"{camilles}/{warned.id}",
            public=f"{mine}/{public.id}",
            pictures=f"{mine}/{pictures.id}",
            client_id=app.client_id,
            callback=callback,
            user_code=await self.device(app),
            edited=f"{mine}/{edited.id}",
            badges=await set_badges(self.session, camille, benedicte),
            doctors=await set_doctors(self.session, anne, self.files),
            doors=await open_doors(self.session, camille),
            events=events,
        )

    async def announcement(self, anne):
        """Something for everybody, with all that may stand in a text."""
        return await self.say(
            anne,
            "<p>Journée de rythmologie le 12 mars à Lyon. "
            '<a href="https://rythmo.example/a-very-long-address-that-does-not-break-by-itself-'
            'anywhere/programme">https://rythmo.example/a-very-long-address-that-does-not-break-by-'
            "itself-anywhere/programme</a></p><pre>un bloc de texte sans retour à la ligne qui "
            "dépasse la largeur de l’écran d’un téléphone</pre><blockquote>Une citation."
            "</blockquote><ul><li>Un</li><li>Deux</li></ul>",
            "public", hours=80, tags=["rythmologie"],
        )  # fmt: skip

    async def device(self, app):
        """Let a ward's tablet wait for a doctor's word, for as long as the walk takes."""
        await self.session.flush()
        codes = await start_device(
            self.session,
            app,
            scope="read write:statuses offline_access",
            device="Mozilla/5.0 (Linux; Android 15; SM-X210) AppleWebKit/537.36 Chrome/140.0.0.0",
            address="2001:db8:1:2::/64",
        )
        await self.session.flush()
        grant = (await self.session.scalars(select(DeviceGrant))).one()
        grant.expires_at += timedelta(days=1)
        return codes.user_code

    async def people(self, anne):
        """Give Anne a page and a badge; return a colleague of another hospital."""
        anne.summary = sanitise("<p>Rythmologie interventionnelle, canalopathies, QT long.</p>")
        anne.fields = [
            {"name": "Site", "value": sanitise('<a href="https://rythmo.example">rythmo</a>')}
        ]
        await factories.give_badge(self.session, anne)
        other = await factories.make_remote_actor(self.session, "b.durand", host=BOB_HOST)
        other.name = "Dr Bénédicte Durand-Lefèvre :coeur:"
        other.avatar_url = serve_picture(self.files, "/portrait.jpg", size=(400, 400))
        other.header_url = serve_picture(self.files, "/header.jpg", size=(1500, 500))
        other.emojis = [{"name": "coeur", "url": serve_picture(self.files, "/coeur.png")}]
        badge = await factories.give_badge(self.session, other)
        badge.name, badge.institution = "B. Durand", "Hôpital Saint-Louis"
        badge.status_checked_at = now() - timedelta(hours=20)
        await factories.make_peer(
            self.session, BOB_HOST, name="Hôpital Saint-Louis", also=[self.files.host]
        )
        return other

    async def pictures(self, anne, benedicte):
        """A picture of this house, and an answer with pictures of another."""
        own = await self.upload(anne, "Tracé à douze dérivations, QTc mesuré à 490 ms en V5")
        asked = await self.say(
            anne, "<p>Le tracé d’hier.</p>", "public", hours=70,
            attachments=[attachment_row(own)],
        )  # fmt: skip
        own.post_id = asked.id
        tall = serve_picture(self.files, "/tall.png", size=(600, 1800))
        small = serve_picture(self.files, "/small.gif", format="GIF", frames=3, size=(120, 90))
        row = {"media_type": "image/png", "url": tall, "width": 600, "height": 1800,
               "description": ""}  # fmt: skip
        await self.say(
            benedicte, "<p>Le mien :coeur: et :rien:</p>", "public", hours=69, parent=asked,
            emojis=benedicte.emojis,
            attachments=[row, row | {"url": small, "width": 120, "height": 90,
                                     "description": "Deux battements"}],
        )  # fmt: skip
        await self.say(
            benedicte, "<p>Et vu de près.</p>", "public", hours=68, parent=asked, sensitive=True,
            attachments=[row | {"description": "Valve mitrale"},
                         row | {"media_type": "audio/ogg", "description": "Souffle"}],
        )  # fmt: skip
        return asked

    async def upload(self, owner, description):
        store = Store(settings_of(self.session))
        made = store.begin() / "main"
        made.write_bytes(picture_bytes((1200, 800), format="JPEG"))
        key = store.take_in(made, "jpg")
        made.parent.rmdir()
        media = Media(
            owner_id=owner.id, kind=MediaKind.IMAGE, state=MediaState.READY, key=key,
            mime="image/jpeg", width=1200, height=800, description=description,
        )  # fmt: skip
        self.session.add(media)
        await self.session.flush()
        return media

    async def kinds(self, author, *, quoted):
        """Let somebody post something of every kind."""
        await self.say(
            author, "<p>Cas du mois, ouvert à tous les services.</p>", "public", hours=90,
            kind="Event", title="Staff de rythmologie", tags=["staff", "rythmologie"],
            details={"starts_at": "2026-11-22T18:00:00Z", "ends_at": "2026-11-22T19:30:00Z",
                     "place": "Amphithéâtre Lévy", "address": "1 avenue Vellefaux, 75010 Paris",
                     "online_url": "https://visio.example/staff", "join_mode": "restricted"},
        )  # fmt: skip
        file = {"url": "https://tube.example/1.mp4", "description": "Ablation, 3 min"}
        await self.say(
            author, "<p>Une ablation commentée.</p>", "public", hours=89, kind="Video",
            title="Ablation de FA", details={"duration_s": 3622},
            attachments=[file | {"media_type": "video/mp4"}, file | {"media_type": "audio/ogg"},
                         {"media_type": "image/png", "description": "Tracé"}],
        )  # fmt: skip
        for title, values in {
            "ouvert": {"ends_at": now() + timedelta(days=1)},
            "plusieurs": {"ends_at": now() + timedelta(days=1), "is_multiple": True},
            "terminé": {"ends_at": now() - timedelta(days=1)},
        }.items():
            poll = await self.say(
                author, f"<p>Sondage {title}.</p>", "public", hours=88, kind="Question"
            )
            long = "Une réponse longue qui ne tient pas sur une ligne de téléphone"
            titles = zip(("Bêtabloquant", "Défibrillateur", long), (31, 9, 0), strict=True)
            options = tuple(OptionDocument(*one) for one in titles)
            await save_poll(self.session, poll, PollDocument(options, voters_count=40, **values))
        second = await self.say(
            author, "<p>Je relaie.</p>", "public", hours=87,
            quote_uri=quoted.uri, quote_of_id=quoted.id, quote_state="accepted",
        )  # fmt: skip
        await save_follow(
            self.session, author, await get_actor(self.session, quoted.author_id),
            uri=f"{author.uri}/follows/1", accepted=True,
        )  # fmt: skip
        third = await self.say(
            author, "<p>Et je me cite.</p>", "public", hours=86, content_warning="Longue chaîne",
            quote_uri=second.uri, quote_of_id=second.id, quote_state="accepted",
        )  # fmt: skip
        await self.say(
            author, "<p>Encore.</p>", "public", hours=86,
            quote_uri=third.uri, quote_of_id=third.id, quote_state="accepted",
        )  # fmt: skip
        await self.say(author, "<p>Attend.</p>", "public", quote_uri="https://x.example/1")

    async def say(self, author, html, visibility, *, hours=0, parent=None, tags=(), **values):
        post = Post(
            uri="",
            author_id=author.id,
            visibility=Visibility(visibility),
            content=sanitise(html),
            sanitiser_version=SANITISER_VERSION,
            language="fr",
            created_at=now() - timedelta(hours=hours),
            in_reply_to_id=parent.id if parent else None,
            in_reply_to_uri=parent.uri if parent else None,
            **values,
        )
        post.uri = f"{author.uri}/posts/{post.id}"
        return await save_post(self.session, post, author=author, tags=tags)
