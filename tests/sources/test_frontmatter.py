from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import SourceError
from bot.sources.frontmatter import parse_date, parse_duration, split


def error(text: str) -> tuple[int, str]:
    with pytest.raises(SourceError) as caught:
        split(text, "a.md")
    assert caught.value.path == "a.md"
    return caught.value.line, caught.value.reason


TOML = """\
+++
title = "One"
# a comment
hosts = ["A", "B"]

date = 2024-05-31T06:00:00Z
[[resources]]
title = "another"
+++
Body
"""


def test_toml() -> None:
    front = split(TOML, "a.md")
    assert front.keys == {
        "title": "One",
        "hosts": ["A", "B"],
        "date": "2024-05-31T06:00:00+00:00",
        "resources": [{"title": "another"}],
    }
    assert front.body == "\nBody\n"
    assert front.body_line == 9


def test_lines_of_keys() -> None:
    front = split(TOML, "a.md")
    assert front.line_of("Title") == 2  # not the one of the table below
    assert front.line_of("date") == 6
    assert front.line_of("missing") == 1


def test_yaml() -> None:
    front = split('---\ntitle: One\ndate: 2024-05-31\nhosts:\n  - A\n"slug": s\n---\nBody', "a.md")
    assert front.keys == {"title": "One", "date": "2024-05-31", "hosts": ["A"], "slug": "s"}
    assert (front.body, front.body_line) == ("\nBody", 7)
    assert front.line_of("slug") == 6


def test_json() -> None:
    front = split('{\n  "title": "One",\n  "draft": false\n}\n\nBody', "a.md")
    assert front.keys == {"title": "One", "draft": False}
    assert (front.body, front.body_line) == ("\n\nBody", 4)
    assert front.line_of("draft") == 3


@pytest.mark.parametrize("text", ["+++\n+++\n", "---\n---\n", "{}", "---\n# nothing\n---\nBody"])
def test_empty(text: str) -> None:
    assert split(text, "a.md").keys == {}


def test_byte_order_mark_and_blank_lines_before() -> None:
    front = split('\ufeff\n\n+++ \ntitle = "One"\n+++\t\nBody', "a.md")
    assert front.keys == {"title": "One"}
    assert front.line_of("title") == 4
    assert front.body_line == 5


def test_a_fence_within_a_line_closes_nothing() -> None:
    front = split('+++\ntitle = "a +++ b"\n+++\nBody', "a.md")
    assert front.keys == {"title": "a +++ b"}


def test_without_front_matter() -> None:
    line, reason = error("\n\n# Hello")
    assert line == 3
    assert "no front matter" in reason
    assert error("")[0] == 1


@pytest.mark.parametrize("fence", ["+++", "---"])
def test_unclosed(fence: str) -> None:
    line, reason = error(f'\n{fence}\ntitle = "One"\n')
    assert line == 2
    assert f"never closed; add a line '{fence}'" in reason
    assert "never closed" in error(fence)[1]


@pytest.mark.parametrize("first", ["+++ toml", "----", "+++title"])
def test_more_on_the_line_of_the_fence(first: str) -> None:
    line, reason = error(f"{first}\n{first[:3]}\n")
    assert line == 1
    assert f"expected '{first[:3]}' alone on its line" in reason


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ('+++\ntitle = "One"\ndate = \n+++\n', 3, "TOML"),
        ('\n+++\ntitle = "One\n+++\n', 3, "TOML"),
        ('+++\na = 1\na = 2\nb = "x"\n+++\n', 3, "TOML"),
        ('+++\nlist = [\n"a",\n+++\n', 4, "TOML"),
        ("---\ntitle: One\nhosts: [A\ndate: x\n---\n", 4, "YAML"),
        ("---\ntitle: 'One\n---\n", 3, "YAML"),
        ("---\na: b: c\n---\n", 2, "YAML"),
        ("---\n- a\n- b\n---\n", 2, "YAML"),
        ("---\nx: !!python/object:os.system {}\n---\n", 2, "YAML"),
        ('{\n "a": 1,\n "b" 2\n}', 3, "JSON"),
        ('\n{"a": 1', 2, "JSON"),
        ("{,}", 1, "JSON"),
    ],
)
def test_line_of_a_mistake(text: str, line: int, kind: str) -> None:
    found, reason = error(text)
    assert found == line
    assert reason.startswith(f"this is not valid {kind}: ")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' + "[" * 40 + "]" * 40 + "}",
        '{"a":' + "[" * 5000 + "]" * 5000 + "}",
        "+++\na = " + "[" * 5000 + "]" * 5000 + "\n+++\n",
        "---\na: &a [*a]\n---\n",
        "---\n"
        + "a: &a [x]\n"
        + "".join(f"b{n}: &a [{'*a, ' * 9}*a]\n" for n in range(20))
        + "---",
        "---\na: " + "[" * 2000 + "\n---\n",
    ],
)
def test_endless_values(text: str) -> None:
    assert error(text)[0] >= 1


def test_values_that_json_or_a_database_cannot_hold() -> None:
    front = split(
        '{"nul": "a\\u0000b", "half": "\\ud800", "inf": Infinity, "big": 99999999999999999999}',
        "a.md",
    )
    big = hex(99999999999999999999)
    assert front.keys == {"nul": "ab", "half": "?", "inf": "inf", "big": big}
    front = split("+++\ntime = 00:33:08\nday = 2024-05-31\n+++\n", "a.md")
    assert front.keys == {"time": "00:33:08", "day": "2024-05-31"}
    front = split("---\n3: 2\nset: !!set {a}\nbytes: !!binary aGk=\nyes: no\n---\n", "a.md")
    assert front.keys == {"3": 2, "set": ["a"], "bytes": "b'hi'", "True": False}


@pytest.mark.parametrize(
    "text",
    [
        "2006-01-02T22:04:05Z",
        "2006-01-02T15:04:05-07:00",
        "2006-01-02T15:04:05-0700",
        "2006-01-02T22:04:05",
        "2006-01-02t22:04:05",
        "2006-01-02 22:04:05",
        "2006-01-02 22:04:05Z",
        "2006-01-02 15:04:05-07:00",
        "2006-01-02 15:04:05 -0700",
        "2006-01-02 15:04:05 -07:00",
        "2006-01-02 15:04:05 -0700 MST",
        "2006-01-02 15:04:05.999999999 -0700 MST",
        "2006-01-02T22:04:05.25Z",
        " 2006-01-02T22:04:05Z\n",
        "Mon, 02 Jan 2006 15:04:05 -0700",
        "Mon, 02 Jan 2006 15:04:05 MST",
        "Mon, 02 Jan 2006 22:04:05 GMT",
        "Monday, 02-Jan-06 15:04:05 MST",
        "Mon Jan  2 22:04:05 2006",
        "Mon Jan 2 15:04:05 MST 2006",
        "Mon Jan 02 15:04:05 -0700 2006",
    ],
)
def test_moments(text: str) -> None:
    assert parse_date(text) == (datetime(2006, 1, 2, 22, 4, 5, tzinfo=UTC), False)


@pytest.mark.parametrize(
    "text",
    [
        "2006-01-02",
        "2006-1-2",
        "20060102",
        "2006/01/02",
        "02 Jan 2006",
        "2 January 2006",
        "Jan 2, 2006",
        "January 02, 2006",
    ],
)
def test_days(text: str) -> None:
    assert parse_date(text) == (datetime(2006, 1, 2, tzinfo=UTC), True)


def test_minutes() -> None:
    assert parse_date("2006-01-02 15:04") == (datetime(2006, 1, 2, 15, 4, tzinfo=UTC), False)
    assert parse_date("02 Jan 06 15:04 MST") == (datetime(2006, 1, 2, 22, 4, tzinfo=UTC), False)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "2024-13-01",
        "2024-02-30",
        "9999-12-31T23:59:59-23:59",
        "00:33:08",
        2024,
        None,
        [],
    ],
)
def test_no_date(value: object) -> None:
    with pytest.raises(ValueError):
        parse_date(value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("00:33:08", 1988),
        ("01:03:57", 3837),
        ("00:3:04", 184),
        ("33:08", 1988),
        ("75:00", 4500),
        ("1988", 1988),
        ("1988.4", 1988),
        (" 00:33:08 ", 1988),
        (1988, 1988),
        (1988.6, 1989),
        ("00:00:00", None),
        (0, None),
        ("", None),
    ],
)
def test_durations(value: object, seconds: int | None) -> None:
    assert parse_duration(value) == seconds


@pytest.mark.parametrize(
    "value", ["half an hour", "1:2:3:4", "-5", -5, True, [], "00:333:08", 10**9, "١٢"]
)
def test_no_duration(value: object) -> None:
    with pytest.raises(ValueError):
        parse_duration(value)
