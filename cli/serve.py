"""`consilium serve`, `migrate`, `worker`: the processes of an instance."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from actors.instance_actor import ensure_instance_actor
from core.errors import PermanentError
from core.settings import Settings, load_settings
from db.engine import is_sqlite
from db.schema import database_revision, newest_revision
from db.session import Database

if TYPE_CHECKING:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

ROOT = Path(__file__).resolve().parent.parent
# A request may hold the drain for so long, streams do not; the promise for the whole stop is 30 s.
DRAIN_S = 25
MAX_FRAME_BYTES = 4096
PING_S = 20.0
READY_POLL_S = 0.1
BACKLOG = 2048

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)]
Processes = Annotated[int, typer.Option("--workers", help="Web processes.", min=1, max=64)]
Background = Annotated[bool, typer.Option(help="Run the background work here as well.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Processes = 1,
    background: Background = True,
) -> None:
    """Serve the web and the API, and run the background work.

    Example: consilium serve --port 8000
    """
    settings = load_settings()
    if workers > 1 and is_sqlite(settings.resolved_database_url):
        raise PermanentError(
            "SQLite has one writer: --workers needs PostgreSQL (CONSILIUM_DATABASE_URL)"
        )
    _require_free(host, port)
    prepare(settings)
    if workers == 1:
        _serve_alone(host, port, background=background)
    else:
        _serve_together(host, port, processes=workers, background=background)


def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Bring the database to the newest schema.

    Example: consilium migrate
    """
    settings = load_settings()
    upgraded = prepare(settings)
    if as_json:
        print(json.dumps({"upgraded": upgraded, "revision": newest_revision()}))
        return
    print("The database was brought up to date." if upgraded else "The database is up to date.")


def worker() -> None:
    """Run only the background work, beside `consilium serve --no-background`.

    Example: consilium worker
    """
    prepare(load_settings())
    stop = threading.Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stop.set())
    print("Working in the background.", flush=True)
    _work_until(stop)


def _require_free(host: str, port: int) -> None:
    """Raise PermanentError where nobody can listen, before anything else is begun."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise PermanentError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def prepare(settings: Settings) -> bool:
    """Migrate if needed and see that the instance has its actor; tell whether it was migrated.

    Raises SettingsError when the data were made under another address.
    """
    upgraded = upgrade_if_needed(settings)

    async def make() -> None:
        database = Database(settings)
        try:
            await ensure_instance_actor(database)
        finally:
            await database.close()

    asyncio.run(make())
    return upgraded


def upgrade_if_needed(settings: Settings) -> bool:
    """Migrate in a process of its own, so that the server never loads Alembic; tell if it did."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if asyncio.run(database_revision(settings)) == newest_revision():
        return False
    done = subprocess.run(
        [sys.executable, "-m", "migrations.run"],
        cwd=ROOT,
        env=_environment(settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PermanentError(f"the migration failed: {done.stderr.strip().splitlines()[-1]}")
    return True


def _environment(settings: Settings) -> dict[str, str]:
    # The subprocess runs in the checkout: what was relative to here is said in full.
    return os.environ | {
        "CONSILIUM_BASE_URL": settings.base_url,
        "CONSILIUM_DEVELOPMENT": str(settings.development).lower(),
        "CONSILIUM_DATA_DIR": str(settings.data_dir.resolve()),
        "CONSILIUM_DATABASE_URL": settings.resolved_database_url,
    }


def server_config(host: str, port: int, app: str | Callable[[], Any]) -> uvicorn.Config:
    """Return how the server listens.

    Nothing of a request is logged: addresses of streams may bear a token (J12). WebSockets: the
    library without I/O of its own, as the older one is deprecated; what a client says is short,
    and nothing is compressed, as a small frame could become a big one (J07).
    """
    import uvicorn

    return uvicorn.Config(
        app,
        factory=True,
        host=host,
        port=port,
        loop="uvloop",
        http="cli.connections:HttpConnection",
        ws="cli.connections:WebSocketConnection",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=DRAIN_S,
        h11_max_incomplete_event_size=16 * 1024,
    )


def _serve_alone(host: str, port: int, *, background: bool) -> None:
    import uvicorn

    class AnnouncingServer(uvicorn.Server):
        async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
            await super().startup(sockets)  # type: ignore[arg-type]
            if self.started:
                announce_ready(host, port)

    app = "app:create_app" if background else "app:create_web_app"
    server = AnnouncingServer(server_config(host, port, app))
    server.run()
    if not server.started:
        sys.exit(1)


def _serve_together(host: str, port: int, *, processes: int, background: bool) -> None:
    from uvicorn.supervisors import Multiprocess

    config = server_config(host, port, "app:create_web_app")
    config.workers = processes
    supervisor = Multiprocess(config, sockets=[config.bind_socket()])
    stop = threading.Event()
    helpers = [threading.Thread(target=_announce_when_ready, args=(supervisor, stop))]
    if background:
        helpers.append(threading.Thread(target=_work_until, args=(stop,)))
    for thread in helpers:
        thread.start()
    try:
        supervisor.run()
    finally:
        stop.set()
        for thread in helpers:
            thread.join(DRAIN_S)


def _announce_when_ready(supervisor: Multiprocess, stop: threading.Event) -> None:
    config = supervisor.config
    while not stop.wait(READY_POLL_S):
        if _are_ready(supervisor):
            announce_ready(config.host, config.port)
            return


def _are_ready(supervisor: Multiprocess) -> bool:
    started = supervisor.processes
    try:
        return len(started) == supervisor.config.workers and all(
            child.is_ready() for child in started
        )
    except (OSError, EOFError, TypeError):
        # The supervisor has just replaced one that was slow: its pipe was closed meanwhile.
        return False


def _work_until(stop: threading.Event) -> None:
    from app import run_workers

    asyncio.run(run_workers(load_settings(), stop))


def announce_ready(host: str, port: int) -> None:
    """Say in one line where the instance answers."""
    settings = load_settings()
    shown = f"http://{host}:{port}"
    print(f"Consilium is ready: {settings.base_url} (listening on {shown})", flush=True)
