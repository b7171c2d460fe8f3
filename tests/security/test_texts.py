"""What others write is data: in questions, files, templates and names, wherever it ends up."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.announce.identity import Seen
from bot.announce.options import Options
from bot.announce.post import announcement
from bot.announce.template import check, fill
from bot.cli import main
from bot.errors import QuestionError, SettingsError
from bot.loading import load
from bot.search.ask import ask
from bot.search.quote import quote
from bot.settings import Settings
from bot.sources.folder import FolderSource
from bot.store.archive import Archive
from bot.telemetry import logs

from ..cogs.stage import Stage, open_stage

MENTION = re.compile(r"@(?:everyone|here)|(?<!\\)<(?:@[!&]?|#|/|a?:\w+:|t:)", re.I)
MASKED = re.compile(r"(?<!\\)\[[^\]]*(?<!\\)\]\(https://evil")
TERMINAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

EVIL = (
    "@everyone @here <@1234567890123456> <@&1234567890123456> <#1234567890123456> </ask:1> "
    "[click](https://evil.example) **bold** \x1b[31mred\x1b]0;owned\x07 \u202egpj "
)

QUERIES = [
    "'; DROP TABLE episode; --",
    '" OR 1=1 --',
    "title: NEAR(backups keys, 5) AND NOT *",
    "backups* ^keys {a b}: c + - NOT NOT",
    '"unclosed phrase',
    "passage_index MATCH 'x' UNION SELECT * FROM meta",
    "(((((a OR (b AND",
    "(a+)+$ [[:alpha:]] \\1 (?P<x>",
    "%s %n {0} {__class__} ${jndi:ldap://a} $(id) `id`",
    "\x00backups\x00",
]


@pytest.fixture
async def archive(sample_archive_path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sample_archive_path, tmp_path / "archive.sqlite3"))


def content(path: Path) -> list[list[object]]:
    db = sqlite3.connect(path)
    tables: list[object] = [
        row[0] for row in db.execute("SELECT name FROM sqlite_schema ORDER BY name")
    ]
    found = [tables, [*db.execute("SELECT id, title FROM episode")]]
    db.close()
    return found


@pytest.mark.parametrize("query", QUERIES)
async def test_questions_are_no_queries(archive: Path, query: str) -> None:
    before = content(archive)
    async with await Archive.open(archive) as opened:
        for search in (ask(opened, query), quote(opened, query, speaker=query)):
            try:
                await search
            except QuestionError as error:
                assert "sql" not in str(error).casefold()
    assert content(archive) == before


@pytest.mark.fuzz
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("\"'*^:(){}[]+-")
@given(st.text(st.sampled_from("\"'*^:(){}[]+-~%_\\;?!.,\x00 aANDORNTEbackups"), max_size=60))
async def test_no_question_breaks_the_index(archive: Path, query: str) -> None:
    async with await Archive.open(archive) as opened:
        for search in (ask(opened, query), quote(opened, query)):
            with contextlib.suppress(QuestionError):
                await search


def hostile_show(folder: Path) -> Path:
    folder.mkdir()
    evil = json.dumps(EVIL)
    (folder / "1.md").write_text(
        f"---\ntitle: {evil}\ndescription: {evil}\nhosts: [{evil}]\ndate: 2024-01-01\n"
        f"categories: [{evil}]\nepisodeNumber: 1\naudioFile: https://evil.example/a.mp3\n---\n\n"
        f"## Backups {EVIL}\n\nBackups {EVIL}\n\n- [backups]({'javascript:alert(1)'}) {EVIL}\n\n"
        '{{< transcript "ANN: Backups." >}}\n'
        f"ANN: Let us speak of backups and restoring them. {EVIL}\n{{{{< /transcript >}}}}\n",
        encoding="utf-8",
    )
    return folder


async def test_an_episode_that_is_hostile_in_every_field(
    tmp_path: Path, stages: list[Stage]
) -> None:
    path = tmp_path / "archive.sqlite3"
    async with await Archive.open(path) as opened:
        report = await load(opened, FolderSource(hostile_show(tmp_path / "show")))
        assert len(await opened.catalogue()) == 1, report
    async with open_stage(path) as stage:
        stages.append(stage)
        stage.ann = stage.moderator
        for name, options in (
            ("ask", {"question": f"backups {EVIL}"}),
            ("quote", {"text": "speak of backups and restoring them"}),
            ("episode", {"episode": "1"}),
            ("latest", {}),
            ("browse", {"category": EVIL[:100]}),
            ("person", {"name": EVIL[:100]}),
        ):
            card = await stage.ask(name, **options)
            assert card.parts
            for part in card.parts:
                shown = part.get("content", "")
                assert not MENTION.search(shown), name
                assert not MASKED.search(shown), name
                assert not TERMINAL.search(json.dumps(part, ensure_ascii=False)), name
                assert str(part.get("url", "https://")).startswith("https://")
            await stage.env.advance_time(30)
        assert EVIL.split()[0][1:] in (await stage.ask("latest")).text


def test_an_announcement_pings_whom_the_moderator_chose() -> None:
    body = {"blurb": EVIL, "hosts": [EVIL], "guests": [EVIL], "categories": [EVIL]}
    seen = Seen(
        path="1.md", episode_id=1, slug="1", number=1, title=EVIL, url="https://a.example/1",
        audio=None, published=datetime(2026, 1, 1, tzinfo=UTC), draft=False, transcript=False,
        body=body,
    )  # fmt: skip
    template = "{ping} {title} {description} {hosts} {guests} {categories} {link}"
    for role, roles in ((None, []), (5, ["5"])):
        post = announcement(0, seen, Options(role=role, template=template), more=None)
        text = json.dumps(post.view.to_components(), ensure_ascii=False).replace("\\\\", "\\")
        assert MENTION.findall(text.replace("<@&5>", "").replace("<t:", "")) == []
        allowed = post.mentions.to_dict()
        assert allowed.get("parse") == []
        assert [str(one) for one in allowed.get("roles", [])] == roles


@pytest.mark.parametrize(
    "template",
    ["{ping.__class__}", "{0}", "{title!r}", "{title:>999999999}", "{__import__}", "{ping }"],
)
def test_templates_name_values_and_nothing_else(template: str) -> None:
    with pytest.raises(QuestionError):
        check(template)
    assert fill(template, {"ping": "@", "title": "T"}) == template


def test_what_is_filled_in_is_no_template() -> None:
    assert fill("{title}", {"title": "{ping}", "ping": "@everyone"}) == "{ping}"


def test_names_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Codes, Markdown and dots in them are shown harmlessly, and lead nowhere."""
    show = tmp_path / "show"
    show.mkdir()
    for name in ("\x1b[2J\x1b]0;owned\x07.md", "a\nERROR forged.md", "[x](..).md", "..%2f..%2f.md"):
        (show / name).write_text("---\ntitle: [\n---\n")
    assert main(["load", str(show), "--archive", str(tmp_path / "a.sqlite3")]) == 1
    shown = "".join(capsys.readouterr())
    assert "[x](..).md" in shown
    assert not TERMINAL.search(shown)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["show"]


@pytest.mark.parametrize("chosen", ["human", "json"])
def test_nobody_writes_lines_into_the_log(chosen: str) -> None:
    stream = io.StringIO()
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    root.handlers[:] = []
    try:
        logs.configure(Settings(log_format=chosen), stream)
        log = logging.getLogger("bot.loading")
        log.warning("%s is odd", "a\n2026-01-01 ERROR bot: forged\x1b[2J")
        try:
            raise ValueError("b\n2026-01-01 ERROR bot: forged\x1b[2J")
        except ValueError:
            log.exception("broken")
    finally:
        root.handlers[:] = before
    text = stream.getvalue()
    assert not TERMINAL.search(text)
    first = text.split("broken")[0]
    assert not re.search(r"^2026-01-01 ERROR", first, re.M)


TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz-_0123456789"
SECRET = "a secret of the webhook"


def test_secrets_are_in_no_repr_and_no_mistake() -> None:
    given = {"DISCORD_TOKEN": TOKEN, "WEBHOOK_SECRET": SECRET}
    loaded = Settings.load(given, None)
    assert loaded.discord_token == TOKEN
    shown = repr(loaded) + str(loaded) + f"{loaded!r:>10}"
    assert TOKEN not in shown
    assert SECRET not in shown
    wrong = {"DISCORD_TOKEN": f"{TOKEN} x", "WEBHOOK_SECRET": "too short", "LOG_LEVEL": "loud"}
    with pytest.raises(SettingsError) as raised:
        Settings.load(wrong, None)
    assert TOKEN not in str(raised.value)
    assert "too short" not in str(raised.value)
