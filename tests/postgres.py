"""A PostgreSQL cluster of our own for tests, in a temporary folder and on a free port."""

from __future__ import annotations

import asyncio
import glob
import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path
from types import TracebackType

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from db.search import SEARCH_TABLES

# What is lost with the machine is lost: nobody waits for a disk, and little is written ahead. Short
# statements gain nothing from being compiled.
OPTIONS = (
    "-c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=128MB -c jit=off"
)


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine, None without one."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if found:
        return Path(found[-1]).parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Cluster:
    """`with Cluster(folder) as cluster: cluster.new_database()` gives a URL of an empty schema."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._free: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._connections: dict[str, asyncpg.Connection] = {}
        self._port = _free_port()

    def __enter__(self) -> Cluster:
        folder = binaries()
        if folder is None:
            raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
        self._bin = folder
        os.chmod(self._folder, 0o777)
        for parent in self._folder.parents[:3]:
            # Nothing is taken away: the folder of all temporary files is among them.
            os.chmod(parent, stat.S_IMODE(parent.stat().st_mode) | 0o055)
        self._data = self._folder / "data"
        self._run("initdb", "-D", str(self._data), "-U", "tester", "-A", "trust", "--no-sync")
        options = f"-p {self._port} -k {self._folder} {OPTIONS}"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")
        self._loop.run_until_complete(self._make_template())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._connections.values():
            connection.terminate()
        self._loop.close()
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")

    def url(self, name: str) -> str:
        """Return the address of a database, as an instance on another machine would write it."""
        return f"postgresql+asyncpg://tester@127.0.0.1:{self._port}/{name}"

    def new_database(self, *, template: str = "template_consilium") -> str:
        """Create a database with all tables (or, with `template1`, with none); return its URL."""
        return self.url(self._create(template))

    def _create(self, template: str) -> str:
        self._count += 1
        name = f"test_{self._count}"
        self._loop.run_until_complete(
            self._execute("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        )
        return name

    def lend(self) -> str:
        """Return the URL of a database with all tables, all of them empty.

        By its socket: an answer takes half as long as by the network.
        """
        name = self._free.pop() if self._free else self._create("template_consilium")
        return f"postgresql+asyncpg://tester@/{name}?host={self._folder}&port={self._port}"

    def take_back(self, url: str) -> None:
        """Empty a lent database for the next test: ten times as fast as a new one.

        One that somebody still holds a lock in is not lent again.
        """
        database = make_url(url).database
        assert database is not None
        names = [*SQLModel.metadata.tables, *SEARCH_TABLES]
        tables = "; ".join(f'DELETE FROM "{name}"' for name in names)  # noqa: S608
        settings = "SET lock_timeout = '3s'; SET session_replication_role = replica"
        emptied = self._execute(database, f"{settings}; {tables}")
        try:
            self._loop.run_until_complete(emptied)
        except asyncpg.LockNotAvailableError:
            return
        self._free.append(database)

    async def _execute(self, database: str, statements: str) -> None:
        """Run statements in a connection that stays open: opening one costs more than they do."""
        if database not in self._connections:
            self._connections[database] = await asyncpg.connect(
                host=str(self._folder), port=self._port, user="tester", database=database
            )
        await self._connections[database].execute(statements)

    async def _make_template(self) -> None:
        await self._execute("postgres", "CREATE DATABASE template_consilium")
        engine = create_async_engine(self.url("template_consilium"))
        async with engine.begin() as opened:
            await opened.run_sync(SQLModel.metadata.create_all)
        await engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, cwd=self._folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
