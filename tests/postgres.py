"""A PostgreSQL server that the tests start: on a socket of its own, and gone when they are."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bot.store.server import Server

_PLACES = [
    *map(Path, os.environ["PATH"].split(os.pathsep)),
    *Path("/usr/lib/postgresql").glob("*/bin"),  # where Debian hides it
]


def missing() -> str | None:
    """Why there can be no server here, None where there can."""
    if not _program("initdb") or not _program("postgres"):
        return "PostgreSQL is not installed"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no other user"
    return None


class Postgres:
    """A running server; it outlives no loss of power unless it is to be ``durable``."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._options = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        self.made = 0  # databases
        self._process: subprocess.Popen[Any] | None = None
        self._run("initdb", "-D", str(folder / "data"), "-U", "bot", "-A", "trust", "--no-sync",
                  "--locale=C", "-E", "UTF8")  # fmt: skip
        hba = folder / "data" / "pg_hba.conf"
        hba.write_text("local all locked scram-sha-256\n" + hba.read_text())
        self.start()

    def start(self) -> None:
        """Start it, also again."""
        command = [
            _program("postgres") or "", "-D", str(self.folder / "data"), "-k", str(self.folder),
            "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=16MB",
            *self._options,
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, stderr=log, stdout=log, **_as_user())
        self._process = process
        for _ in range(400):
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres")).close()
                return
            if process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it; all connections are cut."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def url(self, database: str, user: str = "bot") -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self) -> Server:
        """A new, empty database."""
        self.made += 1
        name = f"d{self.made}"
        self.do(f"CREATE DATABASE {name}")
        return Server(self.url(name))

    def do(self, sql: str, database: str = "postgres") -> list[Any]:
        """Run a statement as whoever may do everything."""
        with psycopg.connect(self.url(database), autocommit=True) as db:
            cursor = db.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *args: str) -> None:
        subprocess.run(
            [_program(program) or "", *args], check=True, capture_output=True, **_as_user()
        )


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Postgres]:
    """A server for as long as the context lasts."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user := _user():
        os.chown(folder, user.pw_uid, user.pw_gid)
    server = None
    try:
        server = Postgres(folder, durable=durable)
        yield server
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str | None:
    return next((str(place / name) for place in _PLACES if (place / name).is_file()), None)


def _user() -> pwd.struct_passwd | None:
    """Whom it runs as, where we are root."""
    if os.geteuid() == 0:
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
    return None


def _as_user() -> dict[str, Any]:
    user = _user()
    return {"cwd": "/"} | (
        {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    )
