"""`make demo`: two hospitals on this machine, filled with invented doctors, until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from actors.instance_actor import ensure_instance_actor
from actors.models import Actor
from actors.queries import get_actor, list_public_keys
from cli.demo_data import ANSWER, LYON, PARIS, QUESTION, WELCOME, Person, write_register
from cli.demo_practice import practice_of
from cli.serve import ROOT, upgrade_if_needed
from core.errors import InvalidInput, PermanentError, ServerError
from core.settings import PublicPages, Settings, load_settings
from db.session import AsyncSession, Database
from doctors.claims import make_claim
from doctors.registers import register_of
from doctors.registers.importing import import_register
from doctors.verification import verify
from moderation.models import Peer, PeerClass
from moderation.queries import save_peer
from outbox.practice import PracticeChanges, send_practice
from users.accounts import create_user
from users.models import Role
from users.tokens import issue_token

FOLDER = ROOT / "var" / "demo"
PASSWORD = "consilium-demo"
REGISTER = "FR-RPPS"
READY_S, STOP_S, WAIT_S = 60.0, 35.0, 20.0


@dataclass(slots=True)
class Hospital:
    """One instance of the demo."""

    name: str
    port: int
    people: tuple[Person, ...]
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """The name under which it federates."""
        return f"{self.name}.localhost:{self.port}"

    @property
    def settings(self) -> Settings:
        """The settings of this instance, whatever the environment says."""
        return load_settings(
            base_url=f"http://{self.host}",
            database_url="",
            data_dir=self.folder,
            development=True,
            public_pages=PublicPages.POSTS,
            handle_domain="",
        )

    def call(self, person: Person, method: str, path: str, **body: Any) -> Any:
        """Call the client API as somebody."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            json.dumps(body).encode() if body else None,
            {
                "authorization": f"Bearer {self.tokens[person.username]}",
                "content-type": "application/json",
            },
            method=method,
        )
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            return json.loads(answer.read())


def main() -> int:
    """Prepare what is not there yet, run both, tell what to try, end both."""
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else FOLDER
    hospitals = (
        Hospital("chu-lyon", 8001, LYON, folder / "chu-lyon"),
        Hospital("saint-louis", 8002, PARIS, folder / "saint-louis"),
    )
    ready = folder / "ready"
    stop = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stop.set())
    try:
        _require_free_ports(hospitals)
        is_new = not ready.exists()
        if is_new:
            # What an interrupted run left is half a demo.
            shutil.rmtree(folder, ignore_errors=True)
            asyncio.run(_fill(hospitals))
        _say("starting both instances")
        for hospital in hospitals:
            _start(hospital)
        for hospital in hospitals:
            _wait_until_ready(hospital)
        if is_new:
            _say("a question travels from Lyon to Paris")
            _tell_a_story(*hospitals)
            ready.touch()
        print(_guide(hospitals), flush=True)
        while not stop.wait(0.5) and all(_is_running(hospital) for hospital in hospitals):
            pass
    except (ServerError, urllib.error.URLError, OSError) as error:
        print(f"The demo cannot run: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    finally:
        _end(hospitals)
    return 0


def _say(what: str) -> None:
    print(f"· {what}", flush=True)


def _require_free_ports(hospitals: tuple[Hospital, ...]) -> None:
    for hospital in hospitals:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", hospital.port)) == 0:
                raise InvalidInput(f"port {hospital.port} is in use; end what runs there first")


async def _fill(hospitals: tuple[Hospital, ...]) -> None:
    for hospital in hospitals:
        _say(f"{hospital.name}: database, register, {len(hospital.people)} accounts")
        await asyncio.to_thread(upgrade_if_needed, hospital.settings)
        database = Database(hospital.settings)
        try:
            await ensure_instance_actor(database)
            await _fill_one(database, hospital)
        finally:
            await database.close()
    _say("each lists the other as a clinical peer and pins its key")
    await _list_each_other(*hospitals)
    await _list_each_other(*hospitals[::-1])


async def _fill_one(database: Database, hospital: Hospital) -> None:
    extract = hospital.folder / "register.txt"
    write_register(extract, hospital.people)
    await import_register(database, extract, register_of(REGISTER))
    for number, person in enumerate(hospital.people):
        user = await create_user(
            database,
            username=person.username,
            email=f"{person.username}@{hospital.name}.example",
            name=person.name,
            password=PASSWORD,
            role=Role.MEMBER if number else Role.ADMIN,
        )
        async with database.transaction() as session:
            actor = await get_actor(session, user.actor_id)
            await (_claim if person.is_waiting else _verify)(session, actor, person)
            hospital.tokens[person.username] = await issue_token(
                session, user=user, app=None, scopes="read write follow"
            )


async def _verify(session: AsyncSession, actor: Actor, person: Person) -> None:
    await verify(session, actor, register=REGISTER, number=person.number, decided_by="demo")
    actor.discoverable = True
    await send_practice(
        session, actor, PracticeChanges(practice_of(person), seeks_colleagues=True)
    )


async def _claim(session: AsyncSession, actor: Actor, person: Person) -> None:
    await make_claim(
        session,
        actor,
        register=REGISTER,
        number=person.number,
        profession=person.profession,
        given_name=person.given,
        family_name=person.family.upper(),
        specialities=[person.speciality],
        workplace=person.workplace,
    )


async def _list_each_other(hospital: Hospital, other: Hospital) -> None:
    theirs, ours = Database(other.settings), Database(hospital.settings)
    try:
        actor = await ensure_instance_actor(theirs)
        async with theirs.read() as session:
            keys = [
                key.public_key
                for key in await list_public_keys(session, actor.id)
                if key.algorithm == "ed25519"
            ]
        peer = Peer(
            host=other.host,
            peer_class=PeerClass.CLINICAL,
            actor_uri=actor.uri,
            pinned_keys=keys,
            seen_keys=keys,
            name=other.name,
            reason="the demo",
        )
        async with ours.transaction() as session:
            await save_peer(session, peer)
    finally:
        await theirs.close()
        await ours.close()


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "CONSILIUM_BASE_URL": settings.base_url,
        "CONSILIUM_DATA_DIR": str(settings.data_dir),
        "CONSILIUM_DEVELOPMENT": "true",
        "CONSILIUM_PUBLIC_PAGES": settings.shown_to_strangers.value,
    }


def _start(hospital: Hospital) -> None:
    settings = hospital.settings
    ours = _environment(settings)
    exports = "".join(f"export {name}={value}\n" for name, value in ours.items())
    (settings.data_dir / "env").write_text(exports)
    others = {k: v for k, v in os.environ.items() if not k.startswith("CONSILIUM_")}
    with (settings.data_dir / "server.log").open("ab") as log:
        hospital.process = subprocess.Popen(
            [sys.executable, "-m", "cli", "serve", "--port", str(hospital.port)],
            cwd=ROOT,
            env=others | ours,
            stdout=log,
            stderr=log,
            # Ctrl-C is ours to pass on: each ends in its own order.
            start_new_session=True,
        )


def _is_running(hospital: Hospital) -> bool:
    return hospital.process is not None and hospital.process.poll() is None


def _wait_until_ready(hospital: Hospital) -> None:
    until = time.monotonic() + READY_S
    url = f"http://127.0.0.1:{hospital.port}/api/v2/instance"
    while time.monotonic() < until and _is_running(hospital):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise PermanentError(
        f"{hospital.name} did not start; {hospital.folder / 'server.log'} tells why"
    )


def _tell_a_story(lyon: Hospital, paris: Hospital) -> None:
    author, reader = lyon.people[0], paris.people[0]
    handle = urllib.parse.quote(f"@{author.username}@{lyon.host}")
    path = f"/api/v2/search?q={handle}&resolve=true&type=accounts"
    found = paris.call(reader, "GET", path)["accounts"][0]
    paris.call(reader, "POST", f"/api/v1/accounts/{found['id']}/follow")
    for waiting in _wait_for(lambda: lyon.call(author, "GET", "/api/v1/follow_requests")):
        lyon.call(author, "POST", f"/api/v1/follow_requests/{waiting['id']}/authorize")
    following = f"/api/v1/accounts/relationships?id[]={found['id']}"
    _wait_for(lambda: paris.call(reader, "GET", following)[0]["following"])
    lyon.call(author, "POST", "/api/v1/statuses", status=WELCOME, visibility="public")
    lyon.call(author, "POST", "/api/v1/statuses", status=QUESTION, visibility="doctors")

    def question() -> Any:
        home = paris.call(reader, "GET", "/api/v1/timelines/home")
        return next((post for post in home if "escitalopram" in post["content"]), None)

    arrived = _wait_for(question)
    paris.call(
        reader, "POST", "/api/v1/statuses", status=ANSWER, in_reply_to_id=arrived["id"]
    )
    mentions = "/api/v1/notifications?types[]=mention"
    _wait_for(lambda: lyon.call(author, "GET", mentions))


def _wait_for(question: Any) -> Any:
    until = time.monotonic() + WAIT_S
    while not (answer := question()):
        if time.monotonic() > until:
            raise PermanentError("the instances do not hear each other; each server.log tells why")
        time.sleep(0.1)
    return answer


def _end(hospitals: tuple[Hospital, ...]) -> None:
    running = [hospital.process for hospital in hospitals if _is_running(hospital)]
    for process in running:
        assert process is not None
        process.terminate()
    for process in running:
        assert process is not None
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
    if running:
        kept = _shown(hospitals[0].folder.parent)
        print(f"\nBoth instances have ended. Their data stay in {kept}/.", flush=True)


def _shown(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)


def _waiting(hospital: Hospital) -> str:
    return next(person.name for person in hospital.people if person.is_waiting)


def _guide(hospitals: tuple[Hospital, ...]) -> str:
    lines = ["", "Two hospitals are running. Ctrl-C ends both.", ""]
    for hospital in hospitals:
        lines.append(f"  http://{hospital.host}")
        for person in hospital.people:
            what = person.speciality_label or person.profession_label
            handle = f"@{person.username}@{hospital.host}"
            lines.append(f"    {handle:<39} {person.name}, {what}")
        lines.append("")
    lyon, paris = hospitals
    author, reader = lyon.people[0], paris.people[0]
    client = f"http://127.0.0.1:{paris.port}"
    lines += [
        f"  The password of everybody is: {PASSWORD}",
        "",
        "What to try:",
        f"  1. http://{lyon.host}/@{author.username}",
        f"     {author.name}'s page, with her badge.",
        f"  2. http://{paris.host}/@{author.username}@{lyon.host}",
        f"     Sign in as {reader.username}: her question to the verified doctors is there.",
        "     Answer her there, or in a Mastodon client with the server",
        f"     {client}: her instance has your answer a second later.",
        f"  3. http://{paris.host}/directory",
        "     Who does an ablation de FA near Lyon? Ask the ring; look at the map.",
        f"  4. http://{lyon.host}/institution/claims",
        f"     Sign in as {author.username}: {_waiting(lyon)} asks for a badge. Decide.",
        "  5. In a second terminal, in this folder:",
        f"     . {_shown(lyon.folder)}/env",
        f"     .venv/bin/consilium doctor revoke {author.username} --reason 'trying it'",
        "     Her badge is gone on both instances within seconds.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
