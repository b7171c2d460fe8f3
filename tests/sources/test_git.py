from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.loading import load
from bot.sources.address import GitAddress
from bot.sources.git import GitSource
from bot.store.archive import Archive
from tests.conftest import ROOT

from .repository import Repository, hosted

CONFIG = "baseURL = 'https://show.example'\n"


def episode(number: int, title: str = "Storks") -> str:
    return f"+++\ntitle = '{title}'\nepisodeNumber = {number}\n+++\n\nNotes.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.commit(
        {
            "config.toml": CONFIG,
            "content/post/one.md": episode(1),
            "content/post/two/index.md": episode(2),
            "content/about.md": "+++\ntitle = 'About'\n+++\n",
            "static/large.bin": "x" * 100_000,
        }
    )
    return made


def source_of(repository: Repository, place: str = "#main:content/post") -> GitSource:
    address = GitAddress.parse(repository.url + place)
    return GitSource(address, repository.bare.parent / "copy")


def titles(source: GitSource) -> dict[str, str]:
    return {file.path: source.parse(file).episode.title for file in source.files()}


def copied(source: GitSource) -> set[str]:
    """The files in the working copies."""
    found = [path for tree in source.copy.glob("tree-*") for path in tree.rglob("*")]
    return {path.relative_to(source.copy).parts[-1] for path in found if path.is_file()}


# Fetching.


async def test_fetch(repository: Repository) -> None:
    source = source_of(repository)
    assert await source.refresh()
    assert titles(source) == {"one.md": "Storks", "two/index.md": "Storks"}
    assert not await source.refresh()
    [first, _] = source.files()
    there = pickle.loads(pickle.dumps(source))
    assert there.parse(first).episode.url == "https://show.example/post/one/"
    assert source.name == f"{repository.url}#main:content/post"
    # Nothing is copied that is not needed.
    assert copied(source) == {"config.toml", "one.md", "index.md"}


async def test_only_what_is_needed_is_fetched(repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    git = ["git", "--git-dir", str(source.copy / "repository")]
    objects = [*git, "cat-file", "--batch-check", "--batch-all-objects", "--unordered"]
    there = await asyncio.to_thread(subprocess.check_output, objects, text=True)
    sizes = [int(line.split()[2]) for line in there.splitlines() if " blob " in line]
    assert len(sizes) == 3
    assert max(sizes) < 100_000


async def test_changes(repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    before = {file.path: file.hash for file in source.files()}
    repository.commit(
        {"content/post/one.md": episode(1, "Herons"), "content/post/3.md": episode(3)}
    )
    assert await source.refresh()
    assert titles(source) == {"3.md": "Storks", "one.md": "Herons", "two/index.md": "Storks"}
    after = {file.path: file.hash for file in source.files()}
    assert after["two/index.md"] == before["two/index.md"]
    repository.commit({"content/post/one.md": None})
    assert await source.refresh()
    assert set(titles(source)) == {"3.md", "two/index.md"}
    assert len(list(source.copy.glob("tree-*"))) == 2  # this one, and the one before


async def test_default_branch_and_whole_repository(repository: Repository) -> None:
    source = source_of(repository, "")
    await source.refresh()
    assert {file.path for file in source.files()} == {
        "content/post/one.md",
        "content/post/two/index.md",
        "content/about.md",
    }


async def test_another_branch(repository: Repository) -> None:
    repository.commit({"content/post/one.md": episode(1, "Drafted")}, branch="drafts/new")
    source = source_of(repository, "#drafts/new:content/post")
    await source.refresh()
    assert titles(source)["one.md"] == "Drafted"


async def test_names_that_git_could_take_for_patterns(repository: Repository) -> None:
    place = "content/[a]*? #!é"
    repository.commit({f"{place}/one.md": episode(1), "content/a/two.md": episode(2)})
    source = source_of(repository, f"#main:{place}")
    await source.refresh()
    assert set(titles(source)) == {"one.md"}


async def test_a_force_push(repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit({"content/post/one.md": episode(1, "Rewritten")})
    assert await source.refresh()
    assert titles(source)["one.md"] == "Rewritten"


async def test_links_do_not_lead_out_of_the_copy(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(episode(9, "Secret"))
    (repository.work / "content/post/link.md").symlink_to(tmp_path / "secret.md")
    (repository.work / "content/post/dir").symlink_to(tmp_path)
    repository.commit({})
    source = source_of(repository)
    await source.refresh()
    assert {file.path for file in source.files()} == {"link.md", "one.md", "two/index.md"}
    [link, *_] = source.files()
    with pytest.raises(SourceError):
        source.parse(link)


async def test_nothing_of_the_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    hook = f"#!/bin/sh\ntouch {mark}\n"
    repository.commit(
        {
            ".gitattributes": "*.md filter=evil\n",
            ".githooks/post-checkout": hook,
            ".gitmodules": f"[submodule 'x']\n\tpath = x\n\turl = ext::touch% {mark}\n",
        }
    )
    (repository.bare / "hooks").mkdir(exist_ok=True)
    source = source_of(repository)
    await source.refresh()
    (source.copy / "repository/hooks").mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        path = source.copy / "repository/hooks" / name
        path.write_text(hook)
        path.chmod(0o755)
    repository.commit({"content/post/one.md": episode(1, "Herons")})
    await source.refresh()
    assert titles(source)["one.md"] == "Herons"
    assert not mark.exists()


async def test_settings_of_the_environment_are_another_repository_s(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    source = source_of(repository)
    await source.refresh()
    assert set(titles(source)) == {"one.md", "two/index.md"}


# Trouble: the last good copy is kept.


async def kept(source: GitSource, reason: str) -> None:
    """The source cannot be brought up to date for a reason, and what it had is still there."""
    before = titles(source)
    with pytest.raises(SourceError, match=reason) as raised:
        await source.refresh()
    assert raised.value.path == source.name
    assert "until then the last good copy is used" in raised.value.reason
    assert titles(source) == before


async def test_never_fetched(repository: Repository, tmp_path: Path) -> None:
    source = GitSource(GitAddress.parse(f"git+{(tmp_path / 'nothing').as_uri()}"), tmp_path / "c")
    with pytest.raises(SourceError, match="there is no such repository"):
        await source.refresh()
    with pytest.raises(SourceError, match="was never fetched"):
        list(source.files())
    async with await Archive.open(tmp_path / "a.sqlite3") as archive:
        with pytest.raises(SourceError, match="there is no such repository"):
            await load(archive, source)


async def test_a_branch_that_vanished(repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    repository.delete("main")
    await kept(source, "there is no such branch")
    repository.commit({"content/post/one.md": episode(1, "Back")})
    assert await source.refresh()
    assert titles(source)["one.md"] == "Back"


async def test_a_folder_that_vanished(repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    repository.git("mv", "content/post", "content/episodes")
    repository.commit({})
    await kept(source, "there is no folder 'content/post' in it")


async def test_a_repository_that_vanished(repository: Repository, tmp_path: Path) -> None:
    source = source_of(repository)
    await source.refresh()
    repository.bare.rename(tmp_path / "away")
    await kept(source, "there is no such repository")
    (tmp_path / "away").rename(repository.bare)
    assert not await source.refresh()


async def test_locks_that_a_killed_fetch_left(repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    inside = source.copy / "repository"
    for name in ("shallow.lock", "index.lock", "HEAD.lock", "refs/episodes/fetched.lock"):
        (inside / name).touch()
    (source.copy / "half/content/post").mkdir(parents=True)
    (source.copy / "half/content/post/one.md").write_text("half")
    repository.commit({"content/post/one.md": episode(1, "Herons")})
    assert await source.refresh()
    assert titles(source)["one.md"] == "Herons"


@pytest.mark.parametrize("damage", ["objects", "HEAD", "everything"])
async def test_a_damaged_copy_is_fetched_anew(damage: str, repository: Repository) -> None:
    source = source_of(repository)
    await source.refresh()
    inside = source.copy / "repository"
    if damage == "objects":
        for path in [p for p in (inside / "objects").rglob("*") if p.is_file()]:
            path.chmod(0o644)
            path.write_bytes(b"rubbish")
    elif damage == "HEAD":
        (inside / "HEAD").write_text("")
    else:
        (inside / "refs").rename(source.copy / "x")
    repository.commit({"content/post/one.md": episode(1, "Herons")})
    assert await source.refresh()
    assert titles(source)["one.md"] == "Herons"


async def test_a_full_disk(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(repository)
    await source.refresh()
    repository.commit({"content/post/one.md": episode(1) + os.urandom(300_000).hex()})
    # A limit on the size of files stands for a full disk: git fails in the same places.
    limited = repository.bare.parent / "bin"
    limited.mkdir()
    program = limited / "git"
    program.write_text(
        f"#!/bin/sh\nulimit -f 100\ntrap '' XFSZ\nPATH={os.environ['PATH']}\nexec git \"$@\"\n"
    )
    program.chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{limited}:{path}")
    await kept(source, "the disk is full")
    monkeypatch.setenv("PATH", path)
    assert await source.refresh()


async def test_git_is_not_installed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(repository)
    await source.refresh()
    monkeypatch.setenv("PATH", str(repository.bare))
    await kept(source, "git is not installed")


async def test_two_at_once(repository: Repository) -> None:
    one, other = source_of(repository), source_of(repository)
    await one.refresh()
    repository.commit({"content/post/one.md": episode(1, "Herons")})
    first, second = await asyncio.gather(one.refresh(), other.refresh(), return_exceptions=True)
    assert first is True
    assert isinstance(second, SourceError)
    assert "another process is fetching" in second.reason
    assert await other.refresh()  # what the one has fetched is news to the other
    assert titles(other)["one.md"] == "Herons"
    assert not await other.refresh()


# By HTTP.


@pytest.mark.parametrize("way", ["smart", "dumb"])
async def test_http(way: str, repository: Repository, tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        host.way = way
        address = GitAddress.parse(f"{host.url('show.git')}#main:content/post")
        source = GitSource(address, tmp_path / "copy")
        assert await source.refresh()
        assert set(titles(source)) == {"one.md", "two/index.md"}
        repository.commit({"content/post/one.md": episode(1, "Herons")})
        assert await source.refresh()
        assert titles(source)["one.md"] == "Herons"
        assert not await source.refresh()


@pytest.mark.parametrize(
    ("way", "reason"),
    [("closed", "you may not read it"), ("broken", "cannot be reached, or broke off")],
)
async def test_http_trouble(way: str, reason: str, repository: Repository, tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        address = GitAddress.parse(f"{host.url('show.git')}#main:content/post")
        source = GitSource(address, tmp_path / "copy")
        await source.refresh()
        repository.commit({"content/post/one.md": episode(1, "Herons")})
        host.way = way
        await kept(source, reason)
        host.way = "smart"
        assert await source.refresh()
    await kept(source, "cannot be reached")


async def test_http_without_the_repository(repository: Repository, tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        source = GitSource(GitAddress.parse(host.url("other.git")), tmp_path / "copy")
        with pytest.raises(SourceError, match="there is no such repository"):
            await source.refresh()


async def test_cancelled_while_it_fetches(repository: Repository, tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        address = GitAddress.parse(f"{host.url('show.git')}#main:content/post")
        source = GitSource(address, tmp_path / "copy")
        await source.refresh()
        host.way = "hanging"
        task = asyncio.create_task(source.refresh())
        await asyncio.wait({task}, timeout=0.5)  # it hangs
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        host.way = "smart"
        await source.refresh()
        assert set(titles(source)) == {"one.md", "two/index.md"}


FETCH = """\
import asyncio, sys
from pathlib import Path
from bot.sources.address import GitAddress
from bot.sources.git import GitSource

asyncio.run(GitSource(GitAddress.parse(sys.argv[1]), Path(sys.argv[2])).refresh())
"""


async def test_killed_at_any_time(repository: Repository, tmp_path: Path) -> None:
    """Whenever it is killed, the last good copy is whole, and the next fetch goes through."""
    source = source_of(repository)
    await source.refresh()
    for n in range(12):
        title = f"Storks {n}"
        repository.commit(
            {f"content/post/{i}.md": episode(i, title) + "x" * 20_000 for i in range(3, 60)}
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FETCH, source.name, str(source.copy)), cwd=ROOT
        )
        await asyncio.sleep(0.05 + n * 0.04)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()
        seen = set(titles(source).values()) - {"Storks"}
        assert len(seen) <= 1, seen  # of one commit
        for _ in range(100):  # what was started may still be running
            try:
                await source.refresh()
                break
            except SourceError as error:
                assert "another process" in error.reason, error.reason
                await asyncio.sleep(0.05)
        assert set(titles(source).values()) == {"Storks", title}
