from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.address import FeedAddress, GitAddress, address_of, existing


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://github.com/a/b.git", GitAddress("https://github.com/a/b.git")),
        ("git+https://x.example/b", GitAddress("https://x.example/b")),
        ("https://x/b.git#dev", GitAddress("https://x/b.git", "dev")),
        ("https://x/b.git#dev:a/b/", GitAddress("https://x/b.git", "dev", "a/b")),
        ("https://x/b.git#:a", GitAddress("https://x/b.git", None, "a")),
        ("https://x/b.git#feature/x:a", GitAddress("https://x/b.git", "feature/x", "a")),
        ("git@github.com:a/b.git#dev", GitAddress("git@github.com:a/b.git", "dev")),
        ("ssh://git@x.example:22/b", GitAddress("ssh://git@x.example:22/b")),
        ("git+file:///srv/b", GitAddress("file:///srv/b")),
    ],
)
def test_addresses(text: str, address: GitAddress) -> None:
    assert GitAddress.meant(text)
    assert GitAddress.parse(text) == address
    assert GitAddress.parse(str(address)) == address


@pytest.mark.parametrize("text", ["data/episodes", "https://x/feed.xml", "C:/show", "a b", "/x"])
def test_other_sources_are_no_addresses(text: str) -> None:
    assert not GitAddress.meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "--upload-pack=touch /tmp/x;.git",
        "-oProxyCommand=x.git",
        "ext::sh -c touch% /tmp/x.git",
        "git+fd::17",
        "git+ext::sh",
        "ftp://x/b.git",
        "ssh://-oProxyCommand=x/b.git",
        "https://user:secret@x/b.git",
        "https://token@x/b.git",
        "https://x/b c.git",
        "https://x/b\n.git",
        "https://x/b.git#-x",
        "https://x/b.git#--upload-pack=x",
        "https://x/b.git#a..b",
        "https://x/b.git#main:../x",
        "https://x/b.git#main:/etc",
        "https://x/b.git#main:a/.git/hooks",
        "b.git",
    ],
)
def test_refused_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="found") as refused:
        GitAddress.parse(text)
    assert "secret" not in str(refused.value)


@pytest.mark.fuzz
@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    GitAddress.meant(text)
    try:
        address = GitAddress.parse(text)
    except ValueError:
        return
    assert not address.url.startswith("-")
    assert not (address.branch or "").startswith("-")
    assert ".." not in address.path.split("/")


def test_what_people_write(tmp_path: Path) -> None:
    (tmp_path / "episodes").mkdir()
    assert address_of(str(tmp_path)) == tmp_path
    assert address_of("episodes", tmp_path) == tmp_path / "episodes"
    assert address_of("https://show.example/feed.xml") == FeedAddress(
        "https://show.example/feed.xml"
    )
    assert address_of("https://show.example/b.git#dev:a") == GitAddress(
        "https://show.example/b.git", "dev", "a"
    )


@pytest.mark.parametrize("text", ["missing", "https://", "https://x/a b", "https://x/b.git#-x"])
def test_what_is_none(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"found .*; allowed is"):
        existing(text, tmp_path)
