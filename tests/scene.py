"""What the pages show to the browser: people, a thread, a program; and where each page is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import factories
from actors.follows import save_follow
from actors.queries import find_local_actor, get_actor, save_extension
from commands import Commands
from core.clock import now
from core.html import SANITISER_VERSION, sanitise
from core.settings import Settings
from db.session import Database
from federation.documents.question import OptionDocument, PollDocument
from instances import Instance
from posts.models import Post, Visibility
from posts.polls import save_poll
from posts.save import save_post
from users.apps import OUT_OF_BAND, register_app

BOB_HOST = "saint-louis.example"


@dataclass(frozen=True)
class Scene:
    """The addresses of the pages; `consent(…)` makes the one of a program."""

    thread: str
    answer: str
    warned: str
    public: str
    client_id: str
    callback: str

    def consent(self, *, scope="read write:statuses write:media follow push", **changes):
        asked = {"client_id": self.client_id, "redirect_uri": self.callback,
                 "response_type": "code", "scope": scope, "state": "s"} | changes  # fmt: skip
        return f"/oauth/authorize?{urlencode(asked)}"

    @property
    def for_strangers(self):
        """The pages of a stranger, by name, and the status that each has."""
        return {
            "front": ("/", 200),
            "sign-in": ("/auth/sign-in?next=%2F%40a.martin", 200),
            "profile": ("/@a.martin", 200),
            "post": (self.public, 200),
            "tag": ("/tags/rythmologie", 200),
            "refused": (self.consent(client_id="unknown"), 400),
            "nothing": ("/nowhere", 404),
        }

    @property
    def for_members(self):
        """The pages of a verified doctor."""
        return {
            "front": ("/about", 200),
            "profile": ("/@a.martin", 200),
            "remote": (f"/@b.durand@{BOB_HOST}", 200),
            "thread": (self.thread, 200),
            "answer": (self.answer, 200),
            "warned": (self.warned, 200),
            "consent": (self.consent(), 200),
            "badly-asked": (self.consent(scope="admin:read"), 400),
            "nothing": ("/@a.martin/1", 404),
        }


def set_scene(instance: Instance, callback: str) -> Scene:
    """Fill a running instance through its database; the accounts come from its command line."""
    commands = Commands(instance)
    commands.account("a.martin", "Dr Anne Martin")
    commands.account("c.petit", "Camille Petit")
    settings = Settings(
        _env_file=None,
        base_url=instance.base_url,
        data_dir=Path(instance.environment["CONSILIUM_DATA_DIR"]),
        development=True,
    )
    return asyncio.run(_fill(settings, callback))


async def _fill(settings: Settings, callback: str) -> Scene:
    database = Database(settings)
    try:
        async with database.transaction() as session:
            return await _Stage(session).fill(callback)
    finally:
        await database.close()


class _Stage:
    def __init__(self, session):
        self.session = session

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
        await self.say(anne, "<p>Merci.</p>", "doctors", parent=last, edited_at=now())
        warned = await self.say(
            camille, "<p>Dissection aortique, vue peropératoire.</p>", "local",
            content_warning="Image opératoire",
            attachments=[{"description": "Aorte ascendante ouverte"}, {"description": ""}],
        )  # fmt: skip
        public = await self.say(
            anne,
            "<p>Journée de rythmologie le 12 mars à Lyon. "
            '<a href="https://rythmo.example/a-very-long-address-that-does-not-break-by-itself-'
            'anywhere/programme">https://rythmo.example/a-very-long-address-that-does-not-break-by-'
            "itself-anywhere/programme</a></p><pre>un bloc de texte sans retour à la ligne qui "
            "dépasse la largeur de l’écran d’un téléphone</pre><blockquote>Une citation."
            "</blockquote><ul><li>Un</li><li>Deux</li></ul>",
            "public", hours=80, tags=["rythmologie"],
        )  # fmt: skip
        await self.kinds(benedicte, quoted=public)
        app, _ = await register_app(
            self.session,
            name="Tusky",
            redirect_uris=[callback, OUT_OF_BAND],
            scopes="read write follow push",
            website="https://tusky.app",
        )
        mine, camilles = "/@a.martin", "/@c.petit"
        return Scene(
            thread=f"{mine}/{case.id}",
            answer=f"/@b.durand@{BOB_HOST}/{answer.id}",
            warned=f"{camilles}/{warned.id}",
            public=f"{mine}/{public.id}",
            client_id=app.client_id,
            callback=callback,
        )

    async def people(self, anne):
        """Give Anne a page and a badge; return a colleague of another hospital."""
        anne.summary = sanitise("<p>Rythmologie interventionnelle, canalopathies, QT long.</p>")
        anne.fields = [
            {"name": "Site", "value": sanitise('<a href="https://rythmo.example">rythmo</a>')}
        ]
        practice = {"skills": ["ablation de FA"], "languages": ["fr", "ar"],
                    "accepts_referrals": True}  # fmt: skip
        await save_extension(self.session, anne.id, {"practitioner": practice})
        await factories.give_badge(self.session, anne)
        other = await factories.make_remote_actor(self.session, "b.durand", host=BOB_HOST)
        other.name = "Dr Bénédicte Durand-Lefèvre"
        badge = await factories.give_badge(self.session, other)
        badge.name, badge.institution = "B. Durand", "Hôpital Saint-Louis"
        badge.status_checked_at = now() - timedelta(hours=20)
        await factories.make_peer(self.session, BOB_HOST, name="Hôpital Saint-Louis")
        return other

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
            quote_uri=quoted.uri, quote_of_id=quoted.id,
        )  # fmt: skip
        await save_follow(
            self.session, author, await get_actor(self.session, quoted.author_id),
            uri=f"{author.uri}/follows/1", accepted=True,
        )  # fmt: skip
        third = await self.say(
            author, "<p>Et je me cite.</p>", "public", hours=86, content_warning="Longue chaîne",
            quote_uri=second.uri, quote_of_id=second.id,
        )  # fmt: skip
        await self.say(
            author, "<p>Encore.</p>", "public", hours=86,
            quote_uri=third.uri, quote_of_id=third.id,
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
