from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ui.limits import EMPTY, violations

from .schema import OpenAPI

Json = dict[str, Any]


def button(**more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "Press", "custom_id": "press"} | more


def link(**more: Any) -> Json:
    return {"type": 2, "style": 5, "label": "Open", "url": "https://example.com/"} | more


def option(n: int = 0, **more: Any) -> Json:
    return {"label": f"Option {n}", "value": str(n)} | more


def select(options: Any = ({"label": "Option 0", "value": "0"},), **more: Any) -> Json:
    return {"type": 3, "custom_id": "select", "options": list(options)} | more


def row(*components: Any) -> Json:
    return {"type": 1, "components": list(components)}


def text(content: Any = "text") -> Json:
    return {"type": 10, "content": content}


def section(*texts: Any, **more: Any) -> Json:
    return {"type": 9, "components": list(texts or [text()]), "accessory": link()} | more


def container(*components: Any, **more: Any) -> Json:
    return {"type": 17, "components": list(components or [text()])} | more


def gallery(*items: Any) -> Json:
    return {"type": 12, "items": list(items)}


def media(url: Any = "https://example.com/a.png", **more: Any) -> Json:
    return {"media": {"url": url}} | more


def thumbnail(**more: Any) -> Json:
    return {"type": 11} | media() | more


def message(*components: Any, **more: Any) -> Json:
    found: Json = {"content": "hello"}
    return found | ({"components": list(components)} if components else {}) | more


def v2(*components: Any, **more: Any) -> Json:
    return {"flags": 1 << 15, "components": list(components)} | more


def embed(**more: Any) -> Json:
    return {"embeds": [{"title": "hello"} | more]}


def fields(count: int, **more: Any) -> list[Json]:
    return [{"name": "n", "value": "v"} | more for _ in range(count)]


def field(**more: Any) -> Json:
    return {"type": 4, "style": 1, "custom_id": "field"} | more


def label(component: Any = None, **more: Any) -> Json:
    return {"type": 18, "label": "Label", "component": component or field()} | more


def modal(*components: Any, **more: Any) -> Json:
    found = {"custom_id": "modal", "title": "Modal", "components": list(components or [label()])}
    return found | more


def choice(n: int = 0, **more: Any) -> Json:
    return {"name": f"Choice {n}", "value": str(n)} | more


def choices(*given: Any) -> Json:
    return {"choices": list(given)}


def command(*options: Any, **more: Any) -> Json:
    found: Json = {"name": "find", "description": "Find it"}
    return found | ({"options": list(options)} if options else {}) | more


def menu(n: int = 0, kind: int = 3) -> Json:
    return {"name": f"Menu {n}", "type": kind}


def opt(name: str = "query", kind: int = 3, **more: Any) -> Json:
    return {"name": name, "type": kind, "description": "What"} | more


def poll(**more: Any) -> Json:
    answers = [{"poll_media": {"text": "yes"}}]
    return {"poll": {"question": {"text": "Well?"}, "answers": answers} | more}


def mentions(**more: Any) -> Json:
    return {"content": "hello", "allowed_mentions": more}


def many(n: int, kind: Any = button) -> list[Json]:
    return [kind(custom_id=f"c{i}") for i in range(n)]


LONG_URL = "https://example.com/"

GOOD = {
    "content at its limit": ("message", message(content="x" * 2_000)),
    "an attachment alone": ("message", {"attachments": [{"id": 0, "filename": "a"}]}),
    "controls alone": ("message", {"components": [row(button())]}),
    "an emptying edit": ("edit", {"content": None}),
    "embeds at their limits": (
        "message",
        {
            "embeds": [
                {"title": "t" * 256, "author": {"name": "a" * 256}, "fields": fields(25)},
                {"description": "d" * 4_096},
                {"footer": {"text": "f" * 1_342}},
                *({"image": {"url": "attachment://a.png"}} for _ in range(7)),
            ]
        },
    ),
    "an embed field at its limits": (
        "message",
        embed(fields=[{"name": "n" * 256, "value": "v" * 1_024}]),
    ),
    "five rows of five": (
        "message",
        message(*[row(*many(25)[n : n + 5]) for n in range(0, 25, 5)]),
    ),
    "a link": ("message", message(row(link(url=LONG_URL + "x" * 492), link()))),
    "a discord link": ("message", message(row(link(url="discord://-/channels/1")))),
    "an emoji button": ("message", message(row(button(label=None, emoji={"name": "🎧"})))),
    "a button at its limits": (
        "message",
        message(row(button(label="l" * 80, custom_id="c" * 100))),
    ),
    "a select at its limits": (
        "message",
        message(
            row(
                select(
                    [
                        option(n, label=f"{n:0100}", value=f"{n:0100}", description="d" * 100)
                        for n in range(25)
                    ],
                    placeholder="p" * 150,
                    min_values=0,
                    max_values=25,
                )
            )
        ),
    ),
    "a user select": ("message", message(row({"type": 5, "custom_id": "user"}))),
    "40 components": ("message", v2(container(*[text() for _ in range(39)]))),
    "4,000 characters": ("message", v2(text("x" * 2_000), text("x" * 2_000))),
    "every V2 component": (
        "message",
        v2(
            container(
                section(text(), text(), text(), accessory=thumbnail()),
                section(accessory=button()),
                gallery(*[media(description="d" * 1_024) for _ in range(10)]),
                {"type": 14, "spacing": 2, "divider": False},
                {"type": 13, "file": {"url": "attachment://a.txt"}},
                row(select()),
                accent_color=0xFFFFFF,
                spoiler=True,
            ),
        ),
    ),
    "nulls beside V2": ("edit", v2(text(), content=None, embeds=[])),
    "mentions": ("message", mentions(parse=["roles"], users=list(map(str, range(1, 101))))),
    "falsy mentions": ("message", mentions(parse=["users"], users=[])),
    "a poll": ("message", poll(duration=768)),
    "a nonce": ("message", message(nonce="n" * 25, enforce_nonce=True)),
    "a numeric nonce": ("message", message(nonce=2**60)),
    "a thread": ("thread", {"name": "n" * 100, "auto_archive_duration": 60}),
    "a forum post": ("thread", {"name": "n", "message": message(), "applied_tags": ["1"] * 5}),
    "a deferral": ("callback", {"type": 5, "data": {"flags": 64}}),
    "an acknowledgement": ("callback", {"type": 6}),
    "an answer": ("callback", {"type": 4, "data": message()}),
    "an update": ("callback", {"type": 7, "data": {"components": []}}),
    "25 suggestions": (
        "callback",
        {"type": 8, "data": choices(*[choice(n, name="n" * 100) for n in range(25)])},
    ),
    "numeric suggestions": ("autocomplete", choices(choice(value=1), choice(value=0.5))),
    "no suggestions": ("autocomplete", choices()),
    "a modal at its limits": (
        "callback",
        {
            "type": 9,
            "data": modal(
                row(field(label="l" * 45)),
                label(
                    field(custom_id="a", value="v" * 4_000, placeholder="p" * 100),
                    label="l" * 45,
                    description="d" * 100,
                ),
                label(select(min_values=0, required=False)),
                label({"type": 21, "custom_id": "r", "options": [option(1), option(2)]}),
                text(),
                title="t" * 45,
            ),
        },
    ),
    "100 slash commands, 15 of each menu": (
        "commands",
        [
            *(command(name=f"c{n}") for n in range(100)),
            *(menu(n, 2) for n in range(15)),
            *(menu(n, 3) for n in range(15)),
        ],
    ),
    "equal names of different types": (
        "commands",
        [command(name="a"), {"name": "a", "type": 2}, {"name": "a", "type": 3}],
    ),
    "a command at its limits": (
        "command",
        command(
            opt("a", required=True, choices=[choice(n) for n in range(25)]),
            opt("b", 4, min_value=1, max_value=2, autocomplete=True),
            *(opt(f"c{n}") for n in range(23)),
            name="n" * 32,
            description="d" * 100,
        ),
    ),
    "names in other scripts": ("command", command(name="हिंदी-ไทย_ärger'1")),
    "subcommands": (
        "command",
        command(opt("a", 1, options=[opt()]), opt("b", 2, options=[opt("c", 1, options=[opt()])])),
    ),
    "translations": (
        "command",
        command(
            name_localizations={"de": "finden", "ja": "検索"},
            description_localizations={"de": "Finde es"},
            integration_types=[0, 1],
            contexts=[0, 1, 2],
        ),
    ),
    "8,000 characters of a command": (
        "command",
        command(
            *(
                opt(f"o{n}", description="d", choices=[choice(value=f"{c:0100}", name=f"{c:0100}")
                                                        for c in range(19)])
                for n in range(2)
            ),
            description="d" * 100,
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), GOOD.values(), ids=GOOD)
def test_accepts(kind: str, body: Any) -> None:
    assert violations(body, kind=kind) == []


BAD: dict[str, tuple[str, Any, str]] = {
    # Messages
    "content": ("message", message(content="x" * 2_001), "$.content: 2001 characters"),
    "content of an edit": ("edit", message(content="x" * 2_001), "$.content: 2001"),
    "content that is no text": ("message", message(content=5), "$.content: must be text"),
    "nothing": ("message", {}, f"$: {EMPTY}"),
    "white space": ("message", {"content": " \n"}, f"$: {EMPTY}"),
    "no object": ("message", [], "$: must be an object"),
    "embeds": ("message", {"embeds": [{"title": "t"}] * 11}, "$.embeds: 11 items"),
    "an empty embed": ("message", {"embeds": [{}]}, "$.embeds[0]: the embed is empty"),
    "a coloured nothing": ("message", embed(title=" ", color=1), "$.embeds[0]: the embed is empty"),
    "embed title": ("message", embed(title="t" * 257), "$.embeds[0].title: 257"),
    "embed description": ("message", embed(description="d" * 4_097), "$.embeds[0].description"),
    "embed author": ("message", embed(author={"name": "a" * 257}), "$.embeds[0].author.name: 257"),
    "embed footer": ("message", embed(footer={"text": "f" * 2_049}), "$.embeds[0].footer.text"),
    "embed fields": ("message", embed(fields=fields(26)), "$.embeds[0].fields: 26 items"),
    "field name": (
        "message",
        embed(fields=fields(1, name="n" * 257)),
        "$.embeds[0].fields[0].name",
    ),
    "field value": (
        "message",
        embed(fields=fields(1, value="v" * 1_025)),
        "$.embeds[0].fields[0].value: 1025",
    ),
    "blank field": ("message", embed(fields=fields(1, value=" ")), "$.embeds[0].fields[0].value"),
    "unnamed field": ("message", embed(fields=fields(1, name=None)), "$.embeds[0].fields[0].name"),
    "embed url": ("message", embed(url="javascript:1"), "$.embeds[0].url: must begin"),
    "embed image": ("message", embed(image={"url": "ftp://a/b"}), "$.embeds[0].image.url"),
    "embed icon": ("message", embed(author={"icon_url": "x"}), "$.embeds[0].author.icon_url"),
    "embed url length": ("message", embed(url=LONG_URL + "x" * 2_048), "$.embeds[0].url: 2068"),
    "embed colour": ("message", embed(color=0x1000000), "$.embeds[0].color"),
    "embeds together": (
        "message",
        {"embeds": [{"description": "d" * 3_000}, {"description": "d" * 3_001}]},
        "$.embeds: 6001 characters over all",
    ),
    "stickers": ("message", {"sticker_ids": ["1"] * 4}, "$.sticker_ids: 4 items"),
    "nonce": ("message", message(nonce="n" * 26), "$.nonce: 26 characters"),
    "attachments": ("message", {"attachments": [{"id": n} for n in range(11)]}, "$.attachments"),
    "attachment description": (
        "message",
        {"attachments": [{"id": 0, "description": "d" * 1_025}]},
        "$.attachments[0].description: 1025",
    ),
    "unknown mentions": ("message", mentions(parse=["all"]), "$.allowed_mentions.parse: 'all'"),
    "users twice": (
        "message",
        mentions(parse=["users"], users=["1"]),
        "$.allowed_mentions.users: cannot be used together",
    ),
    "roles twice": (
        "message",
        mentions(parse=["roles"], roles=["1"]),
        "$.allowed_mentions.roles: cannot be used together",
    ),
    "mentioned users": (
        "message",
        mentions(users=list(map(str, range(101)))),
        "$.allowed_mentions.users: 101 items",
    ),
    "mentioned roles": (
        "message",
        mentions(roles=list(map(str, range(101)))),
        "$.allowed_mentions.roles: 101 items",
    ),
    "poll question": ("message", poll(question={"text": "q" * 301}), "$.poll.question.text: 301"),
    "poll answers": (
        "message",
        poll(answers=[{"poll_media": {"text": "a"}}] * 11),
        "$.poll.answers",
    ),
    "poll answer": (
        "message",
        poll(answers=[{"poll_media": {"text": "a" * 56}}]),
        "$.poll.answers[0].poll_media.text: 56",
    ),
    "poll duration": ("message", poll(duration=769), "$.poll.duration"),
    "thread name": ("thread", {"name": "n" * 101}, "$.name: 101"),
    "no thread name": ("thread", {}, "$.name: is required"),
    "archiving": ("thread", {"name": "n", "auto_archive_duration": 61}, "$.auto_archive_duration"),
    "tags": ("thread", {"name": "n", "applied_tags": ["1"] * 6}, "$.applied_tags: 6 items"),
    "post": ("thread", {"name": "n", "message": {}}, f"$.message: {EMPTY}"),
    # Components
    "rows": ("message", message(*[row(link())] * 6), "$.components: 6 items"),
    "V2 without the flag": (
        "message",
        message(text()),
        "$.components[0]: a text display is not allowed without the Components V2 flag",
    ),
    "a button outside a row": ("message", message(button()), "$.components[0]: a button is not"),
    "V2 with content": ("message", v2(text(), content="x"), "$.content: cannot be used together"),
    "V2 with embeds": ("message", v2(text(), **embed()), "$.embeds: cannot be used together"),
    "V2 with a poll": ("message", v2(text(), **poll()), "$.poll: cannot be used together"),
    "V2 with stickers": ("message", v2(text(), sticker_ids=["1"]), "$.sticker_ids: cannot be used"),
    "41 components": (
        "message",
        v2(container(*[text() for _ in range(40)])),
        "$.components: 41 components, nested ones included",
    ),
    "41 components with accessories": (
        "message",
        v2(*[section() for _ in range(13)], row(link())),
        "$.components: 41 components, nested ones included",
    ),
    "text in all": (
        "message",
        v2(text("x" * 2_000), container(text("x" * 2_001))),
        "$.components: 4001 characters in all text displays",
    ),
    "empty text": ("message", v2(text("")), "$.components[0].content: is empty"),
    "unknown component": ("message", v2({"type": 99}), "$.components[0].type: 99"),
    "empty row": ("message", message(row()), "$.components[0].components: 0 items"),
    "six buttons": ("message", message(row(*many(6))), "$.components[0].components: 6 buttons"),
    "two selects": (
        "message",
        message(row(select(), select(custom_id="other"))),
        "$.components[0].components: a select needs an action row of its own",
    ),
    "a select beside a button": (
        "message",
        message(row(select(), button())),
        "$.components[0].components: a select needs an action row of its own",
    ),
    "a text input in a message": (
        "message",
        message(row(field(label="l"))),
        "$.components[0].components[0]: a text input is not allowed",
    ),
    "no custom id": (
        "message",
        message(row(button(custom_id=None))),
        "$.components[0].components[0].custom_id: is required",
    ),
    "empty custom id": (
        "message",
        message(row(button(custom_id=""))),
        "$.components[0].components[0].custom_id: is empty",
    ),
    "custom id": (
        "message",
        message(row(button(custom_id="c" * 101))),
        "$.components[0].components[0].custom_id: 101",
    ),
    "custom id of a select": (
        "message",
        message(row(select(custom_id="c" * 101))),
        "$.components[0].components[0].custom_id: 101",
    ),
    "custom ids twice": (
        "message",
        message(row(button()), row(button())),
        "$.components: custom id 'press' is used 2 times",
    ),
    "component ids twice": (
        "message",
        v2(text() | {"id": 7}, container(text() | {"id": 7})),
        "$.components: component id '7' is used 2 times",
    ),
    "button label": (
        "message",
        message(row(button(label="l" * 81))),
        "$.components[0].components[0].label: 81",
    ),
    "a bare button": (
        "message",
        message(row(button(label=None))),
        "$.components[0].components[0]: a button needs a label or an emoji",
    ),
    "button style": (
        "message",
        message(row(button(style=7))),
        "$.components[0].components[0].style: 7 is no button style",
    ),
    "a link that runs": (
        "message",
        message(row(link(url="javascript:alert(1)"))),
        "$.components[0].components[0].url: must begin with http, https, discord",
    ),
    "a link without an address": (
        "message",
        message(row(link(url=None))),
        "$.components[0].components[0].url: is required",
    ),
    "a link's length": (
        "message",
        message(row(link(url=LONG_URL + "x" * 493))),
        "$.components[0].components[0].url: 513",
    ),
    "a link with a custom id": (
        "message",
        message(row(link(custom_id="c"))),
        "$.components[0].components[0].custom_id: is not allowed",
    ),
    "a button with an address": (
        "message",
        message(row(button(url="https://a/"))),
        "$.components[0].components[0].url: is not allowed",
    ),
    "no options": (
        "message",
        message(row(select([]))),
        "$.components[0].components[0].options: 0 items",
    ),
    "26 options": (
        "message",
        message(row(select(map(option, range(26))))),
        "$.components[0].components[0].options: 26 items",
    ),
    "option label": (
        "message",
        message(row(select([option(label="l" * 101)]))),
        "$.components[0].components[0].options[0].label: 101",
    ),
    "option value": (
        "message",
        message(row(select([option(value="v" * 101)]))),
        "$.components[0].components[0].options[0].value: 101",
    ),
    "empty option value": (
        "message",
        message(row(select([option(value="")]))),
        "$.components[0].components[0].options[0].value: is empty",
    ),
    "option description": (
        "message",
        message(row(select([option(description="d" * 101)]))),
        "$.components[0].components[0].options[0].description: 101",
    ),
    "option values twice": (
        "message",
        message(row(select([option(), option(label="other")]))),
        "$.components[0].components[0].options: value '0' is used 2 times",
    ),
    "placeholder": (
        "message",
        message(row(select(placeholder="p" * 151))),
        "$.components[0].components[0].placeholder: 151",
    ),
    "min_values": (
        "message",
        message(row(select(min_values=-1))),
        "$.components[0].components[0].min_values: -1",
    ),
    "max_values": (
        "message",
        message(row({"type": 5, "custom_id": "user", "max_values": 26})),
        "$.components[0].components[0].max_values: 26",
    ),
    "min above max": (
        "message",
        message(row(select(map(option, range(3)), min_values=2, max_values=1))),
        "$.components[0].components[0].min_values: 2 is more than max_values",
    ),
    "fewer options than max_values": (
        "message",
        message(row(select(max_values=2))),
        "$.components[0].components[0].options: 1 options, fewer than max_values",
    ),
    "too many defaults": (
        "message",
        message(row(select([option(n, default=True) for n in range(2)]))),
        "$.components[0].components[0].options: more defaults than max_values",
    ),
    "section without text": (
        "message",
        v2(section() | {"components": []}),
        "$.components[0].components: 0 items, at least 1",
    ),
    "section with four texts": (
        "message",
        v2(section(*[text()] * 4)),
        "$.components[0].components: 4 items, at most 3",
    ),
    "section with a button inside": (
        "message",
        v2(section(button())),
        "$.components[0].components[0]: a button is not allowed in a section",
    ),
    "section without accessory": (
        "message",
        v2(section(accessory=None)),
        "$.components[0].accessory",
    ),
    "section with a select": (
        "message",
        v2(section(accessory=select())),
        "$.components[0].accessory: a string select is not allowed as an accessory",
    ),
    "a thumbnail at the top": ("message", v2(thumbnail()), "$.components[0]: a thumbnail is not"),
    "thumbnail address": (
        "message",
        v2(section(accessory=thumbnail(media={"url": "data:x"}))),
        "$.components[0].accessory.media.url: must begin",
    ),
    "thumbnail description": (
        "message",
        v2(section(accessory=thumbnail(description="d" * 1_025))),
        "$.components[0].accessory.description: 1025",
    ),
    "empty gallery": ("message", v2(gallery()), "$.components[0].items: 0 items"),
    "full gallery": ("message", v2(gallery(*[media()] * 11)), "$.components[0].items: 11 items"),
    "gallery address": ("message", v2(gallery(media("x"))), "$.components[0].items[0].media.url"),
    "gallery description": (
        "message",
        v2(gallery(media(description="d" * 1_025))),
        "$.components[0].items[0].description: 1025",
    ),
    "a file from elsewhere": (
        "message",
        v2({"type": 13, "file": {"url": "https://example.com/a"}}),
        "$.components[0].file.url: must begin with attachment",
    ),
    "spacing": ("message", v2({"type": 14, "spacing": 3}), "$.components[0].spacing"),
    "empty container": (
        "message",
        v2(container() | {"components": []}),
        "$.components[0].components: 0 items",
    ),
    "a container in a container": (
        "message",
        v2(container(container())),
        "$.components[0].components[0]: a container is not allowed in a container",
    ),
    "a button in a container": (
        "message",
        v2(container(button())),
        "$.components[0].components[0]: a button is not allowed in a container",
    ),
    "container colour": ("message", v2(container(accent_color=-1)), "$.components[0].accent_color"),
    # Answers
    "an unknown answer": ("callback", {"type": 3}, "$.type: 3 is no type of answer"),
    "an empty answer": ("callback", {"type": 4, "data": {}}, f"$.data: {EMPTY}"),
    "a long answer": (
        "callback",
        {"type": 4, "data": message(content="x" * 2_001)},
        "$.data.content",
    ),
    "a long update": (
        "callback",
        {"type": 7, "data": message(content="x" * 2_001)},
        "$.data.content",
    ),
    "26 suggestions": (
        "callback",
        {"type": 8, "data": choices(*map(choice, range(26)))},
        "$.data.choices: 26 items",
    ),
    "suggestion name": ("autocomplete", choices(choice(name="n" * 101)), "$.choices[0].name: 101"),
    "suggestion without a name": ("autocomplete", choices(choice(name="")), "$.choices[0].name"),
    "suggestion value": ("autocomplete", choices(choice(value="v" * 101)), "$.choices[0].value"),
    "suggested number": ("autocomplete", choices(choice(value=2**53 + 1)), "$.choices[0].value"),
    "modal title": ("modal", modal(title="t" * 46), "$.title: 46"),
    "modal custom id": ("modal", modal(custom_id=""), "$.custom_id: is empty"),
    "no fields": ("modal", modal() | {"components": []}, "$.components: 0 items"),
    "six fields": (
        "modal",
        modal(*[label(field(custom_id=str(n))) for n in range(6)]),
        "$.components: 6 items",
    ),
    "a button in a modal": (
        "modal",
        modal(row(button())),
        "$.components[0].components[0]: a button is not allowed",
    ),
    "a section in a modal": ("modal", modal(section()), "$.components[0]: a section is not"),
    "two fields in a row": (
        "modal",
        modal(row(field(label="l"), field(label="l", custom_id="other"))),
        "$.components[0].components: 2 text inputs",
    ),
    "input label": (
        "modal",
        modal(row(field(label="l" * 46))),
        "$.components[0].components[0].label",
    ),
    "unlabelled field": (
        "modal",
        modal(row(field())),
        "$.components[0].components[0].label: is required",
    ),
    "label": ("modal", modal(label(label="l" * 46)), "$.components[0].label: 46"),
    "label description": (
        "modal",
        modal(label(description="d" * 101)),
        "$.components[0].description",
    ),
    "a button in a label": (
        "modal",
        modal(label(button())),
        "$.components[0].component: a button is not allowed in a label",
    ),
    "input value": (
        "modal",
        modal(label(field(value="v" * 4_001))),
        "$.components[0].component.value",
    ),
    "input placeholder": (
        "modal",
        modal(label(field(placeholder="p" * 101))),
        "$.components[0].component.placeholder: 101",
    ),
    "input style": ("modal", modal(label(field(style=3))), "$.components[0].component.style: 3"),
    "input length": (
        "modal",
        modal(label(field(max_length=4_001))),
        "$.components[0].component.max_length",
    ),
    "input lengths": (
        "modal",
        modal(label(field(min_length=2, max_length=1))),
        "$.components[0].component.min_length: 2 is more than",
    ),
    "fields twice": ("modal", modal(label(), label()), "$.components: custom id 'field' is used 2"),
    "disabled in a modal": (
        "modal",
        modal(label(select(disabled=True))),
        "$.components[0].component.disabled",
    ),
    "nothing of something required": (
        "modal",
        modal(label(select(min_values=0))),
        "$.components[0].component.min_values: 0 of something required",
    ),
    "one radio button": (
        "modal",
        modal(label({"type": 21, "custom_id": "r", "options": [option()]})),
        "$.components[0].component.options: 1 items, at least 2",
    ),
    "eleven checkboxes": (
        "modal",
        modal(label({"type": 22, "custom_id": "r", "options": list(map(option, range(11)))})),
        "$.components[0].component.options: 11 items",
    ),
    "eleven files": (
        "modal",
        modal(label({"type": 19, "custom_id": "f", "max_values": 11})),
        "$.components[0].component.max_values: 11",
    ),
    # Commands
    "101 slash commands": (
        "commands",
        [command(name=f"c{n}") for n in range(101)],
        "$: 101 commands of type 1",
    ),
    "16 user commands": ("commands", [menu(n, 2) for n in range(16)], "$: 16 commands of type 2"),
    "16 message commands": (
        "commands",
        [menu(n, 3) for n in range(16)],
        "$: 16 commands of type 3",
    ),
    "commands twice": ("commands", [command()] * 2, "$: command name 'find' is used 2 times"),
    "menus twice": ("commands", [menu()] * 2, "$: command name 'Menu 0' is used 2 times"),
    "a bad command in a list": ("commands", [command(name="Find")], "$[0].name: 'Find' is not in"),
    "command type": ("command", command(type=9) | {"description": ""}, "$.type: 9"),
    "command name": ("command", command(name="n" * 33), "$.name: 33"),
    "no command name": ("command", command(name=""), "$.name: is empty"),
    "capitals": ("command", command(name="Find"), "$.name: 'Find' is not in lower case"),
    "foreign capitals": ("command", command(name="ÄRGER"), "$.name: 'ÄRGER' is not in lower case"),
    "spaces": ("command", command(name="find it"), "$.name: 'find it' has characters"),
    "symbols": ("command", command(name="find!"), "$.name: 'find!' has characters"),
    "emoji": ("command", command(name="🎧"), "$.name: '🎧' has characters"),
    "menu name": ("command", menu() | {"name": "n" * 33}, "$.name: 33"),
    "no description": ("command", command(description=""), "$.description: is empty"),
    "description": ("command", command(description="d" * 101), "$.description: 101"),
    "described menu": ("command", menu() | {"description": "d"}, "$.description: is only for"),
    "menu with options": ("command", menu() | {"options": [opt()]}, "$.options: is only for"),
    "26 options of a command": (
        "command",
        command(*[opt(f"o{n}") for n in range(26)]),
        "$.options: 26 items",
    ),
    "26 options of a subcommand": (
        "command",
        command(opt("s", 1, options=[opt(f"o{n}") for n in range(26)])),
        "$.options[0].options: 26 items",
    ),
    "options twice": ("command", command(opt(), opt()), "$.options: option name 'query' is used 2"),
    "required after optional": (
        "command",
        command(opt("a"), opt("b", required=True)),
        "$.options[1].required: a required option follows",
    ),
    "required after optional in a subcommand": (
        "command",
        command(opt("s", 1, options=[opt("a"), opt("b", required=True)])),
        "$.options[0].options[1].required: a required option follows",
    ),
    "option type": ("command", command(opt(kind=12)), "$.options[0].type: 12"),
    "option name": ("command", command(opt("A")), "$.options[0].name: 'A' is not in lower case"),
    "option without description": (
        "command",
        command(opt(description="")),
        "$.options[0].description: is empty",
    ),
    "mixed options": (
        "command",
        command(opt("a", 1), opt("b")),
        "$.options: subcommands and other",
    ),
    "a group in a group": (
        "command",
        command(opt("a", 2, options=[opt("b", 2)])),
        "$.options[0].options[0]: subcommands are nested too deeply",
    ),
    "a subcommand in a subcommand": (
        "command",
        command(opt("a", 1, options=[opt("b", 1)])),
        "$.options[0].options[0]: subcommands are nested too deeply",
    ),
    "an option in a group": (
        "command",
        command(opt("a", 2, options=[opt("b")])),
        "$.options[0].options[0]: a group holds only subcommands",
    ),
    "options of an option": (
        "command",
        command(opt(options=[opt("a")])),
        "$.options[0].options: is only for subcommands",
    ),
    "26 choices": (
        "command",
        command(opt(choices=list(map(choice, range(26))))),
        "$.options[0].choices: 26 items",
    ),
    "choice name": (
        "command",
        command(opt(choices=[choice(name="n" * 101)])),
        "$.options[0].choices[0].name: 101",
    ),
    "choice value": (
        "command",
        command(opt(choices=[choice(value="v" * 101)])),
        "$.options[0].choices[0].value: 101",
    ),
    "choice of another type": (
        "command",
        command(opt(kind=4, choices=[choice(value="1")])),
        "$.options[0].choices[0].value: must be an integer",
    ),
    "choices twice": (
        "command",
        command(opt(choices=[choice(), choice(value="other")])),
        "$.options[0].choices: choice name 'Choice 0' is used 2 times",
    ),
    "choices and autocomplete": (
        "command",
        command(opt(choices=[choice()], autocomplete=True)),
        "$.options[0].autocomplete: cannot be used together",
    ),
    "autocompleted users": (
        "command",
        command(opt(kind=6, autocomplete=True)),
        "$.options[0]: choices and autocomplete are only for",
    ),
    "lengths of a number": (
        "command",
        command(opt(kind=4, max_length=5)),
        "$.options[0].max_length: is not for options of this type",
    ),
    "values of a text": (
        "command",
        command(opt(min_value=5)),
        "$.options[0].min_value: is not for options of this type",
    ),
    "length": ("command", command(opt(max_length=6_001)), "$.options[0].max_length: 6001"),
    "lengths": (
        "command",
        command(opt(min_length=2, max_length=1)),
        "$.options[0].min_length: 2 is",
    ),
    "values": ("command", command(opt(kind=4, min_value=2, max_value=1)), "$.options[0].min_value"),
    "channel types": (
        "command",
        command(opt(channel_types=[0])),
        "$.options[0].channel_types: is not for options of this type",
    ),
    "locale": (
        "command",
        command(name_localizations={"de-DE": "finden"}),
        "$.name_localizations.de-DE: is no locale",
    ),
    "locale of an option": (
        "command",
        command(opt(description_localizations={"en": "What"})),
        "$.options[0].description_localizations.en: is no locale",
    ),
    "translated name": (
        "command",
        command(name_localizations={"de": "Finden"}),
        "$.name_localizations.de: 'Finden' is not in lower case",
    ),
    "translated description": (
        "command",
        command(description_localizations={"de": "d" * 101}),
        "$.description_localizations.de: 101",
    ),
    "integration types": (
        "command",
        command(integration_types=[2]),
        "$.integration_types: 2 is not",
    ),
    "no integration types": (
        "command",
        command(integration_types=[]),
        "$.integration_types: 0 items",
    ),
    "contexts": ("command", command(contexts=[3]), "$.contexts: 3 is not one of"),
    "contexts twice": (
        "command",
        command(contexts=[0, 0]),
        "$.contexts: value '0' is used 2 times",
    ),
    "command size": (
        "command",
        command(
            *(
                opt(
                    f"o{n}",
                    choices=[choice(name=f"{c:0100}", value=f"{c:0100}") for c in range(20)],
                )
                for n in range(2)
            )
        ),
        "$: 8023 characters of names, descriptions and values",
    ),
    "command size with translations": (
        "command",
        command(
            *(
                opt(
                    f"o{n}",
                    choices=[
                        choice(c, value=f"{c:0100}", name_localizations={"de": "n" * 100})
                        for c in range(20)
                    ],
                )
                for n in range(2)
            )
        ),
        "$: 8023 characters of names, descriptions and values",
    ),
}


@pytest.mark.parametrize(("kind", "body", "line"), BAD.values(), ids=BAD)
def test_refuses(kind: str, body: Any, line: str) -> None:
    found = violations(body, kind=kind)
    assert len(found) == 1, found
    assert found[0].startswith(line)


ROUTES = {
    "message": ("POST", "/channels/{channel_id}/messages"),
    "edit": ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    "thread": ("POST", "/channels/{channel_id}/threads"),
    "callback": ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"),
    "command": ("POST", "/applications/{application_id}/commands"),
    "commands": ("PUT", "/applications/{application_id}/commands"),
}


@pytest.mark.parametrize(("kind", "body"), GOOD.values(), ids=GOOD)
def test_agrees_with_the_description(kind: str, body: Any, openapi: OpenAPI) -> None:
    if kind in ROUTES:
        assert openapi.request(*ROUTES[kind], body) == []


KEYS = st.sampled_from(
    "type components content embeds flags custom_id style label accessory items options choices "
    "value name description id message data poll allowed_mentions parse users title fields author "
    "footer image url nonce attachments answers question required contexts component "
    "name_localizations min_values".split()
)
LEAVES = st.none() | st.booleans() | st.integers(-5, 40_000) | st.text(max_size=5) | st.floats()
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=40,
)
KINDS = ("message", "edit", "thread", "callback", "autocomplete", "modal", "command", "commands")


@settings(deadline=None)
@given(BODIES, st.sampled_from(KINDS))
def test_never_fails(body: Any, kind: str) -> None:
    assert all(": " in line for line in violations(body, kind=kind))
