"""A folder in a Git repository, by the program ``git``.

Beside the archive stands a copy with this in it, of which only ``good`` says what counts:

    repository   Git's own files, fetched as shallow and with as few files as the server allows
    tree-COMMIT  the folder as it is in a commit; a new one is unpacked beside it
    good         the commit that was unpacked whole last
    plain        there is one where the server can only be asked for everything
    lock         held by whoever fetches, and by the programs it has started
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

from bot.errors import SourceError
from bot.sources.address import PROTOCOLS, GitAddress
from bot.sources.folder import FolderSource
from bot.sources.source import File, Parsed

_FETCHED = "refs/episodes/fetched"
_PATIENCE = 300.0  # seconds that one run of git may take
_SITE = ("hugo.*", "config.*", "config/_default/*")  # what decides the addresses of pages

# What another repository may have set, in whose hook or alias this program runs.
_FOREIGN = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG_PARAMETERS", "GIT_NAMESPACE"),
)

_TROUBLES = (
    (r"couldn't find remote ref", "there is no such branch; name another, or push it again"),
    (
        r"could not read (Username|Password)|Authentication failed|Permission denied|"
        r"terminal prompts disabled|error: 40[13]|Host key verification failed",
        "you may not read it; give Git a credential helper or an SSH key that may",
    ),
    (
        r"not found|does not appear to be a git repository|does not exist",
        "there is no such repository, or you may not read it; check the address",
    ),
    (
        r"No space left|Disk quota|File too large|write error|unable to write",
        "the disk is full, or may not be written to; make room",
    ),
    (
        r"Could not resolve|Failed to connect|unable to connect|timed out|Connection|early EOF|"
        r"RPC failed|unable to access|Empty reply|hung up",
        "the server cannot be reached, or broke off; it is tried again",
    ),
)
_DAMAGED = re.compile(r"corrupt|bad object|unable to read|invalid sha1|not a git repository: '")
_DUMB = re.compile(r"dumb http transport|does not support (shallow|filter)")


class GitSource:
    """Reads episodes from a folder of a repository, of which a copy stands at ``copy``."""

    watched: tuple[Path, ...] = ()

    def __init__(self, address: GitAddress, copy: Path) -> None:
        self.address = address
        self.copy = copy.resolve()
        self._folder = FolderSource(self.copy)  # none of it, until it was fetched
        self._looked_at: str | None = None

    @property
    def name(self) -> str:
        """The address."""
        return str(self.address)

    @property
    def unreadable(self) -> list[SourceError]:
        """What the last look had to leave out."""
        return self._folder.unreadable

    def files(self) -> Iterator[File]:
        """Every content file of the last good copy.

        Raises:
            SourceError: Where there is none.
        """
        commit = self._good()
        if commit is None:
            raise SourceError(self.name, 1, "was never fetched")
        tree = self._tree(commit)
        self._folder = FolderSource(tree / self.address.path, top=tree)
        self._looked_at = commit
        return self._folder.files()

    def parse(self, file: File) -> Parsed:
        """Read a file as an episode."""
        return self._folder.parse(file)

    async def refresh(self) -> bool:
        """Fetch the branch, and unpack it where it is at another commit than the copy.

        Raises:
            SourceError: Where that is not possible now; the last good copy stays.
        """
        try:
            return await self._refresh()
        except OSError as error:
            raise self._error(f"{error.strerror}: {error.filename or self.copy}") from None

    async def _refresh(self) -> bool:
        self.copy.mkdir(parents=True, exist_ok=True)
        async with self._locked() as lock:
            git = _Git(self.copy / "repository", self.address.url, lock)
            try:
                commit = await self._fetch(git)
                if commit != self._good():
                    await self._unpack(git, commit)
            except _GitError as error:
                raise self._error(str(error)) from None
        # Whoever has unpacked it, this or another process: it is news if it was not looked at.
        return commit != self._looked_at

    async def _fetch(self, git: _Git) -> str:
        """Fetch as little as the server allows, and anew where the copy is damaged."""
        try:
            return await self._fetch_with(git)
        except _GitError as error:
            if _DUMB.search(error.said):
                (self.copy / "plain").touch()
            elif not _DAMAGED.search(error.said):
                raise
        await asyncio.to_thread(shutil.rmtree, git.folder)
        return await self._fetch_with(git)

    async def _fetch_with(self, git: _Git) -> str:
        options: list[str] = []
        if not (self.copy / "plain").exists():
            options = ["--depth=1", *(["--filter=blob:none"] if self.address.path else [])]
        await asyncio.to_thread(_unlock, git.folder)
        if not (git.folder / "HEAD").exists():
            await git.run("init", "--quiet", "--bare", "--template=")
        wanted = f"refs/heads/{self.address.branch}" if self.address.branch else "HEAD"
        await git.run(
            *("fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules", *options),
            *("--", "origin", f"+{wanted}:{_FETCHED}"),
        )
        return await git.run("rev-parse", "--verify", f"{_FETCHED}^{{commit}}")

    async def _unpack(self, git: _Git, commit: str) -> None:
        """Put the folder as it is in a commit beside the last one, and let it count then."""
        before, tree = self._good(), self._tree(commit)
        half = self.copy / "half"
        for rest in (half, tree):
            await asyncio.to_thread(shutil.rmtree, rest, ignore_errors=True)
        half.mkdir()
        index = git.folder / "index"
        index.unlink(missing_ok=True)
        await asyncio.to_thread(_choose, git.folder, self.address.path)
        try:
            await git.run("read-tree", "--reset", "-u", commit, tree=half)
            if not (half / self.address.path).is_dir():
                raise self._error(f"there is no folder {self.address.path!r} in it; name another")
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, half, ignore_errors=True)
            raise
        half.rename(tree)
        new = self.copy / "good.new"
        new.write_text(commit)
        new.replace(self.copy / "good")
        for old in self.copy.glob("tree-*"):
            # Another process may still be reading the one before.
            if old not in (tree, self._tree(before or commit)):
                await asyncio.to_thread(shutil.rmtree, old, ignore_errors=True)

    def _good(self) -> str | None:
        try:
            commit = (self.copy / "good").read_text()
        except FileNotFoundError:
            return None
        return commit if self._tree(commit).is_dir() else None

    def _tree(self, commit: str) -> Path:
        return self.copy / f"tree-{commit}"

    def _error(self, reason: str) -> SourceError:
        kept = "; until then the last good copy is used" if self._good() else ""
        return SourceError(self.name, 1, reason + kept)

    @asynccontextmanager
    async def _locked(self) -> AsyncGenerator[int]:
        """Hold the lock, which the system lets go of when all who have it have ended."""
        with (self.copy / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._error("another process is fetching it just now") from None
            yield lock.fileno()


def _unlock(folder: Path) -> None:
    """Remove Git's lock files: nobody is left to whom they belong."""
    for stale in folder.rglob("*.lock"):
        stale.unlink(missing_ok=True)


def _choose(folder: Path, path: str) -> None:
    """Tell Git to unpack the folder, and the site's configuration in it or above it."""
    lines = ["/*"]
    if path:
        lines = [f"/{_literal(path)}/"]
        for above in ("", *(f"{one}/" for one in map(str, PurePosixPath(path).parents))):
            lines += [f"/{_literal(above.removeprefix('./'))}{name}" for name in _SITE]
    (folder / "info").mkdir(exist_ok=True)
    (folder / "info" / "sparse-checkout").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _literal(path: str) -> str:
    return re.sub(r"([*?\[\]\\!# ])", r"\\\1", path)


class _GitError(Exception):
    """A run of git that failed: what it means, and what git ``said``."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class _Git:
    """Runs git on a repository, asking nobody and running nothing that it holds."""

    def __init__(self, folder: Path, url: str, lock: int) -> None:
        self.folder = folder
        self._lock = lock
        settings = {
            "remote.origin.url": url,
            "core.hooksPath": os.devnull,
            "core.fsmonitor": "false",
            "core.askPass": "",
            "core.symlinks": "false",  # a link could lead out of the copy
            "core.sparseCheckout": "true",
            "fetch.recurseSubmodules": "false",
            "gc.autoDetach": "false",
            "maintenance.autoDetach": "false",
            "http.lowSpeedLimit": "1",
            "http.lowSpeedTime": "60",
        }
        self._env = {k: v for k, v in os.environ.items() if k not in _FOREIGN} | {
            "GIT_DIR": str(folder),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
            "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
            "GIT_CONFIG_COUNT": str(len(settings)),
            "LC_ALL": "C",
        }
        for number, (key, value) in enumerate(settings.items()):
            self._env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}

    async def run(self, *args: str, tree: Path | None = None) -> str:
        """Run git, with ``tree`` as its working tree; return what it printed.

        Raises:
            _GitError: Where it fails, or takes too long.
        """
        env = self._env | ({"GIT_WORK_TREE": str(tree)} if tree else {})
        try:
            process = await asyncio.create_subprocess_exec(
                "git",
                *args,
                env=env,
                cwd=self.folder.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                pass_fds=(self._lock,),
            )
        except FileNotFoundError:
            raise _GitError("the program git is not installed; install it") from None
        try:
            async with asyncio.timeout(_PATIENCE):
                out, err = await process.communicate()
        except TimeoutError:
            raise _GitError(f"git took longer than {_PATIENCE:.0f} s; it is tried again") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            raise _explained(process.returncode, err.decode(errors="replace"))
        return out.decode(errors="replace").strip()


def _explained(code: int, said: str) -> _GitError:
    if code < 0:
        return _GitError(f"git was killed by signal {-code}; it is tried again", said)
    for form, meaning in _TROUBLES:
        if re.search(form, said):
            return _GitError(meaning, said)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
    return _GitError(f"git says: {lines[0][:200] if lines else f'exit code {code}'}", said)
