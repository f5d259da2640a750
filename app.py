"""The composition root: settings, database, client, blueprints, workers; nothing else."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from functools import partial

from quart import Quart, Request

from actors.dialects import learn_scheme, recall_scheme
from actors.instance_actor import ensure_instance_actor, instance_signer
from actors.queries import find_local_actor
from actors.routes import actor_routes
from api.entities.live import write_event
from api.limits import Limits
from api.pacing import PacedConnection, PacedRequest
from api.routes import api_blueprints
from api.services import Services
from core.settings import Settings, load_settings
from db.bus import listen
from db.session import Database
from doctors.profile_routes import profile_routes
from doctors.ring_routes import ring_routes
from doctors.routes import doctor_routes
from federation.addresses import AddressGate
from federation.client import Client
from federation.uris import local_uris
from inbox.routes import inbox_routes
from media.proxy_routes import proxy_routes
from media.routes import media_routes
from moderation.policy import may_talk_to
from notifications.stream import Hub
from outbox.routes import outbox_routes
from posts.files import may_open_copy, may_open_file
from posts.routes import post_routes
from users.addresses import address_key, caller_address
from users.limits import shared_limits
from web.live import write_for_pages
from web.routes import web_blueprints
from webfinger.routes import webfinger_routes

MAX_BODY_BYTES = 1024 * 1024 + 1
STOP_POLL_S = 0.2


def create_app(settings: Settings | None = None) -> Quart:
    """Make the whole instance: the doors and the background work."""
    return _create(settings or load_settings(), background=True)


def create_web_app(settings: Settings | None = None) -> Quart:
    """Make the doors only; `consilium worker`, or the parent process, does the background work."""
    return _create(settings or load_settings(), background=False)


def make_client(database: Database) -> Client:
    """Make the outbound client: gated, within the peer policy, signed by the instance actor."""

    async def may_dial(host: str) -> bool:
        return await database.look(lambda session: may_talk_to(session, host))

    return Client(
        gate=AddressGate.of(database.settings),
        own_host=local_uris(database.settings).host,
        may_talk_to=may_dial,
        signer=lambda: instance_signer(database),
        scheme_of=partial(recall_scheme, database),
        note_scheme=partial(learn_scheme, database),
    )


def _create(settings: Settings, *, background: bool) -> Quart:
    database = Database(settings)
    client = make_client(database)
    app = Quart("consilium", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = None
    app.request_class, app.asgi_http_class = PacedRequest, PacedConnection
    app.extensions["consilium"] = {"database": database, "client": client}
    services = Services(database=database, client=client, settings=settings)
    pages = Hub()
    _add_doors(app, services, pages)
    stop = asyncio.Event()
    running: list[asyncio.Task[None]] = []
    counting = ExitStack()

    @app.before_serving
    async def start() -> None:
        if not background:
            # Others may serve beside this process: what they count and we count is one sum.
            counting.enter_context(shared_limits(settings.data_dir))
        await ensure_instance_actor(database)
        for hub, write in ((services.hub, write_event), (pages, write_for_pages)):
            running.append(asyncio.create_task(hub.run(database, write, stop)))
        if not (background or database.is_sqlite):
            # The background work listens by itself.
            url = settings.resolved_database_url
            running.append(asyncio.create_task(listen(url, database.bus, stop)))
        if background:
            from workers.loop import run

            running.append(asyncio.create_task(run(database, client, stop)))

    @app.after_serving
    async def end() -> None:
        stop.set()
        await asyncio.gather(*running)
        await client.close()
        await database.close()
        counting.close()

    return app


def _add_doors(app: Quart, services: Services, pages: Hub) -> None:
    database, client, settings = services.database, services.client, services.settings

    async def find_name(username: str) -> tuple[str, str] | None:
        async with database.read() as session:
            actor = await find_local_actor(session, username)
        if actor is None or actor.deleted_at is not None or actor.suspended_at is not None:
            return None
        return actor.username, actor.uri

    def address_of(asked: Request) -> str:
        forwarded = asked.headers.get("X-Forwarded-For")
        return address_key(
            caller_address(asked.remote_addr, forwarded, settings.trusted_proxies)
        )

    def seconds_to_wait(asked: Request) -> int:
        return limits.seconds_to_wait(limits.handles, address_of(asked))

    limits = Limits(settings.rate_limits)
    for blueprint in (
        webfinger_routes(
            find_name,
            local_uris(settings),
            seconds_to_wait=seconds_to_wait,
            open_registrations=settings.takes_sign_ups,
        ),
        actor_routes(database, client),
        post_routes(database, client),
        media_routes(database, may_open_file),
        inbox_routes(database, client),
        outbox_routes(database, client),
        doctor_routes(database, client),
        profile_routes(database, client),
        ring_routes(database, client),
        proxy_routes(database, client, may_open=may_open_copy, address_of=address_of),
        *api_blueprints(services, limits),
        *web_blueprints(database, client, pages),
    ):
        app.register_blueprint(blueprint)


async def run_workers(settings: Settings, stop: threading.Event) -> None:
    """Do the background work until another thread sets `stop`."""
    from workers.loop import run

    database = Database(settings)
    client = make_client(database)
    await ensure_instance_actor(database)
    stopped = asyncio.Event()

    async def watch() -> None:
        while not await asyncio.to_thread(stop.wait, STOP_POLL_S):
            pass
        stopped.set()

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(watch())
            group.create_task(run(database, client, stopped))
    finally:
        await client.close()
        await database.close()
