from __future__ import annotations

import asyncio
import os
import pickle
import time
from pathlib import Path

import pytest

from bot.errors import SourceError
from bot.sources.folder import FolderSource

EPISODE = "+++\ntitle = 'T'\nepisodeNumber = 1\n+++\n"


def write(folder: Path, *names: str, text: str = EPISODE) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def paths(source: FolderSource) -> list[str]:
    return [file.path for file in source.files()]


def unreadable(source: FolderSource) -> list[tuple[str, str]]:
    return [(error.path, error.reason) for error in source.unreadable]


def test_files_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    root = tmp_path / "v10"
    write(root, "episode-10/index.md", "episode-9.md", "Episode-2.MD", "a.markdown", "2017/x.md")
    write(root, "_index.md", "_index.de.md", ".hidden.md", ".git/x.md", "x.txt", "md", "x.html")
    source = FolderSource(root)
    assert paths(source) == [
        "2017/x.md",
        "Episode-2.MD",
        "a.markdown",
        "episode-9.md",
        "episode-10/index.md",
    ]
    assert source.unreadable == []


def test_hash(tmp_path: Path) -> None:
    write(tmp_path, "post/a.md", "post/b.md")
    root = tmp_path / "post"

    def hashes() -> list[bytes]:
        return [file.hash for file in FolderSource(root).files()]

    first, other = hashes()
    assert first != other  # the path is part of what an episode is made of
    assert hashes() == [first, other]
    write(root, "a.md", text=EPISODE + "x")
    assert hashes()[0] != first
    assert hashes()[1] == other
    write(tmp_path, "config.toml", text="baseURL = 'https://show.example'")
    assert hashes()[1] != other


def test_hash_does_not_depend_on_where_the_folder_is(tmp_path: Path) -> None:
    for place in ("one", "two/three"):
        write(tmp_path, f"{place}/post/a.md")
        write(tmp_path, f"{place}/config.toml", text="baseURL = 'https://show.example'")
    [one] = FolderSource(tmp_path / "one/post").files()
    [two] = FolderSource(tmp_path / "two/three/post").files()
    assert one == two


def test_parse(tmp_path: Path) -> None:
    write(tmp_path, "content/post/a/index.md")
    write(tmp_path, "config.toml", text="baseURL = 'https://show.example'")
    source = FolderSource(tmp_path / "content/post")
    [file] = source.files()
    assert source.parse(file).episode.url == "https://show.example/post/a/"


def test_a_file_that_is_gone_when_it_is_parsed(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    source = FolderSource(tmp_path)
    [file] = source.files()
    (tmp_path / "a.md").unlink()
    with pytest.raises(SourceError, match="No such file or directory; load again"):
        source.parse(file)


def test_no_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    with pytest.raises(SourceError, match="does not exist; expected a folder of episodes"):
        paths(FolderSource(tmp_path / "b"))
    with pytest.raises(SourceError, match="is a file, not a folder of episodes"):
        paths(FolderSource(tmp_path / "a.md"))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "c.md")
    (tmp_path / "b.md").symlink_to(tmp_path / "missing")
    source = FolderSource(tmp_path)
    assert paths(source) == ["a.md", "c.md"]
    assert unreadable(source) == [
        ("b.md", "cannot be read: No such file or directory; check its rights")
    ]
    (tmp_path / "b.md").unlink()
    assert paths(source) == ["a.md", "c.md"]
    assert source.unreadable == []


def test_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.md", "b/c.md", "b/d/e.md")
    scandir = os.scandir

    def denied(path: Path) -> object:
        if path.name == "b":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    source = FolderSource(tmp_path)
    assert paths(source) == ["a.md"]
    assert unreadable(source) == [("b/", "cannot be read: Permission denied; check its rights")]


def test_too_large(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    with (tmp_path / "b.md").open("wb") as file:
        file.truncate(16 * 2**20 + 1)
    source = FolderSource(tmp_path)
    assert paths(source) == ["a.md"]
    assert unreadable(source) == [("b.md", "is larger than 16 MB; no episode is, left out")]


def test_name_that_is_not_utf_8(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.md"))).write_text(EPISODE)
    source = FolderSource(tmp_path)
    assert paths(source) == ["a.md"]
    assert unreadable(source) == [("b\\udcff.md", "the file's name is not UTF-8; rename it")]


def test_links_between_folders(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "a/b.md")
    write(tmp_path / "other", "c.md")
    (root / "back").symlink_to(root)
    (root / "a" / "up").symlink_to(root / "a")
    (root / "there").symlink_to(tmp_path / "other")
    (tmp_path / "other" / "home").symlink_to(root / "a")
    assert paths(FolderSource(root)) == ["a/b.md", "there/c.md", "there/home/b.md"]


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    (tmp_path / "b.md").mkdir()
    write(tmp_path, "b.md/c.md")
    assert paths(FolderSource(tmp_path)) == ["b.md/c.md"]


# Looking again.


def later(*paths: Path, seconds: float = 60) -> None:
    """As if the files had been written long ago."""
    then = time.time() - seconds
    for path in paths:
        os.utime(path, (then, then))


async def quiet(source: FolderSource) -> None:
    """Wait until changes are told from what was before."""
    for _ in range(100):
        if not await source.refresh():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("there is always something new")


async def test_nothing_changed(tmp_path: Path) -> None:
    write(tmp_path, "post/a.md", "post/b.md")
    source = FolderSource(tmp_path / "post")
    assert await source.refresh()
    await quiet(source)
    assert not await source.refresh()


@pytest.mark.parametrize("how", ["rewritten", "added", "gone", "renamed", "configured", "unseen"])
async def test_something_changed(how: str, tmp_path: Path) -> None:
    write(tmp_path, "post/a.md", "post/b.md")
    later(tmp_path / "post/a.md")
    source = FolderSource(tmp_path / "post")
    await quiet(source)
    match how:
        case "rewritten":  # with a text of the same length and the time put back
            status = (tmp_path / "post/a.md").stat()
            write(tmp_path, "post/a.md", text=EPISODE.replace("T", "U"))
            os.utime(tmp_path / "post/a.md", ns=(status.st_atime_ns, status.st_mtime_ns))
        case "added":
            write(tmp_path, "post/c.md")
        case "gone":
            (tmp_path / "post/a.md").unlink()
        case "renamed":
            (tmp_path / "post/a.md").rename(tmp_path / "post/c.md")
        case "configured":
            write(tmp_path, "config.toml", text="baseURL = 'https://show.example'")
        case "unseen":
            (tmp_path / "post/a.md").unlink()
            (tmp_path / "post/a.md").symlink_to(tmp_path / "missing")
    assert await source.refresh()


async def test_a_folder_that_vanished(tmp_path: Path) -> None:
    write(tmp_path, "post/a.md")
    source = FolderSource(tmp_path / "post")
    await quiet(source)
    (tmp_path / "post").rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(SourceError, match="does not exist"):
            await source.refresh()
    (tmp_path / "away").rename(tmp_path / "post")
    await source.refresh()
    assert paths(source) == ["a.md"]


async def test_a_file_is_waited_for_while_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    source = FolderSource(tmp_path, settle=0.1)

    async def writing() -> None:
        for n in range(6):
            await asyncio.sleep(0.05)
            write(tmp_path, "a.md", text=EPISODE + "x" * n)

    writer = asyncio.create_task(writing())
    assert await source.refresh()
    assert writer.done()
    assert paths(source) == ["a.md"]


async def test_a_file_that_is_written_forever_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "b.md")
    later(tmp_path / "b.md")
    source = FolderSource(tmp_path, settle=0.05)

    async def writing() -> None:
        while True:
            write(tmp_path, "a.md", text=EPISODE + "x" * (time.monotonic_ns() % 100_000))
            await asyncio.sleep(0.005)

    writer = asyncio.create_task(writing())
    assert await source.refresh()
    assert paths(source) == ["b.md"]
    assert unreadable(source) == [("a.md", "is being written; it is read when it is whole")]
    writer.cancel()
    assert await source.refresh()
    assert paths(source) == ["a.md", "b.md"]


def test_it_can_be_read_in_another_process(tmp_path: Path) -> None:
    write(tmp_path, "content/post/a.md")
    write(tmp_path, "config.toml", text="baseURL = 'https://show.example'")
    source = FolderSource(tmp_path / "content/post", settle=1)
    [file] = source.files()
    there = pickle.loads(pickle.dumps(source))
    assert there.parse(file).episode.url == "https://show.example/post/a/"
