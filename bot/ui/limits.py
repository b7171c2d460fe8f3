"""Discord's documented limits on everything a bot sends, as pure functions over the JSON.

They include what Discord's OpenAPI description leaves out: totals over all embeds, the rules of
Components V2, nesting, unique ids, the shape of command trees. Lengths are counted in code points.
Nothing here imports discord.py, so that a body can be checked on either side of the connection.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Set
from enum import IntEnum
from typing import Any, ClassVar, Final, cast
from urllib.parse import urlsplit

Json = dict[str, Any]

CONTENT: Final = 2_000
EMBEDS: Final = 10
EMBED_TITLE: Final = 256
EMBED_DESCRIPTION: Final = 4_096
EMBED_FIELDS: Final = 25
EMBED_FIELD_NAME: Final = 256
EMBED_FIELD_VALUE: Final = 1_024
EMBED_FOOTER: Final = 2_048
EMBED_AUTHOR: Final = 256
EMBED_TOTAL: Final = 6_000
URL: Final = 2_048
ATTACHMENTS: Final = 10
ATTACHMENT_DESCRIPTION: Final = 1_024
STICKERS: Final = 3
NONCE: Final = 25
MENTION_IDS: Final = 100

COMPONENTS_V2: Final = 1 << 15
COMPONENTS: Final = 40
COMPONENT_TEXT: Final = 4_000
ROWS: Final = 5
ROW_BUTTONS: Final = 5
SECTION_TEXTS: Final = 3
GALLERY_ITEMS: Final = 10
MEDIA_DESCRIPTION: Final = 1_024
CUSTOM_ID: Final = 100
BUTTON_LABEL: Final = 80
BUTTON_URL: Final = 512
SELECT_OPTIONS: Final = 25
OPTION_TEXT: Final = 100
PLACEHOLDER: Final = 150

MODAL_TITLE: Final = 45
MODAL_ROWS: Final = 5
LABEL: Final = 45
LABEL_DESCRIPTION: Final = 100
INPUT_VALUE: Final = 4_000
INPUT_PLACEHOLDER: Final = 100

POLL_QUESTION: Final = 300
POLL_ANSWERS: Final = 10
POLL_ANSWER: Final = 55
POLL_HOURS: Final = 768

THREAD_NAME: Final = 100
THREAD_TAGS: Final = 5
THREAD_ARCHIVE_MINUTES: Final = (60, 1_440, 4_320, 10_080)

CHOICES: Final = 25
CHOICE_NAME: Final = 100
CHOICE_VALUE: Final = 100
COMMAND_NAME: Final = 32
COMMAND_DESCRIPTION: Final = 100
COMMAND_OPTIONS: Final = 25
COMMAND_SIZE: Final = 8_000
COMMANDS: Final = {1: 100, 2: 15, 3: 15, 4: 1}
OPTION_LENGTH: Final = 6_000

_LOCALES = (
    "ar bg cs da de el en-GB en-US es-419 es-ES fi fr he hi hr hu id it ja ko lt nl no pl pt-BR "
    "ro ru sv-SE th tr uk vi zh-CN zh-TW"
)
LOCALES: Final = frozenset(_LOCALES.split())

EMPTY: Final = "the message is empty"


class Component(IntEnum):
    """The types of components."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS: Final = frozenset(map(Component, (3, 5, 6, 7, 8)))

_IN_CONTAINER: Final = frozenset(map(Component, (1, 9, 10, 12, 13, 14)))
_V2_TOP: Final = _IN_CONTAINER | {Component.CONTAINER}
_IN_LABEL: Final = SELECTS | frozenset(map(Component, (4, 19, 21, 22, 23)))
_CUSTOM: Final = _IN_LABEL  # Every one of these needs a custom id; so do most buttons.
_KNOWN: Final = frozenset(Component)
_LINK, _PREMIUM = 5, 6

_SUBCOMMAND, _GROUP, _STRING, _INTEGER, _NUMBER = 1, 2, 3, 4, 10
_CHANNEL = 7
# Devanagari and Thai, whose vowel signs are no letters to Unicode.
_MARKS = re.compile(
    r"[\u0900-\u0950\u0955-\u0963\u0966-\u097f\ua8e0-\ua8ff\u0e01-\u0e3a\u0e40-\u0e5b]"
)

_WEB = ("http", "https")
_MEDIA = ("http", "https", "attachment")


def violations(body: Any, *, kind: str) -> list[str]:
    """Return every limit that a body breaks, one line each: its JSON path, a colon and the rule.

    The kind is ``message`` (a message created, a followup), ``edit`` (a message edited; with the
    Components V2 flag where the message has it), ``thread`` (a thread or forum post), ``callback``
    (a whole answer to an interaction), ``autocomplete`` (its choices), ``modal``, ``command`` (one
    definition) or ``commands`` (the list of a bulk overwrite).
    """
    report = _Report()
    _CHECKS[kind](report, "$", body)
    return report.lines


def is_empty(message: Json) -> bool:
    """Tell whether a message would show nothing at all."""
    keys = ("embeds", "components", "sticker_ids", "attachments", "poll", "shared_client_theme")
    forward = _object(message.get("message_reference")).get("type") == 1
    return not (
        str(message.get("content") or "").strip() or any(message.get(k) for k in keys) or forward
    )


def _object(value: Any) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _int(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


class _Report:
    """Collects violations.

    Its helpers check one value of an object, refuse one of the wrong type without failing, and
    return it or what can be said about it.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, path: str, rule: str) -> None:
        self.lines.append(f"{path}: {rule}")

    def root(self, path: str, value: Any) -> Json:
        if not isinstance(value, dict):
            self.add(path, "must be an object")
        return _object(value)

    def object(self, path: str, parent: Json, key: str, *, required: bool = False) -> Json:
        value = parent.get(key)
        return self.root(f"{path}.{key}", value) if required or value is not None else {}

    def items(
        self, path: str, parent: Json, key: str, high: int | None = None, low: int = 0
    ) -> list[Any]:
        value = parent.get(key)
        found = _list(value)
        if value is not None and not isinstance(value, list):
            self.add(f"{path}.{key}", "must be a list")
        elif high is not None and len(found) > high:
            self.add(f"{path}.{key}", f"{len(found)} items, at most {high}")
        elif len(found) < low:
            self.add(f"{path}.{key}", f"{len(found)} items, at least {low}")
        return found

    def objects(
        self, path: str, parent: Json, key: str, high: int | None = None, low: int = 0
    ) -> list[tuple[str, Json]]:
        """Check a list of objects; return each with its path."""
        found = self.items(path, parent, key, high, low)
        places = [f"{path}.{key}[{n}]" for n in range(len(found))]
        return [(place, self.root(place, item)) for place, item in zip(places, found, strict=True)]

    def text(
        self, path: str, parent: Json, key: str, high: int, low: int = 0, *, trim: bool = False
    ) -> int:
        """Check a text's length and return it; where ``low`` is 0, none at all is fine.

        With ``trim`` white space at either end counts towards the limit, but not as text.
        """
        value, path = parent.get(key), f"{path}.{key}"
        if value is None and low == 0:
            return 0
        if not isinstance(value, str):
            self.add(path, "is required" if value is None else "must be text")
            return 0
        if len(value) > high:
            self.add(path, f"{len(value)} characters, at most {high}")
        size = len(value.strip() if trim else value)
        if size < low:
            self.add(path, "is empty")
        return size

    def number(self, path: str, parent: Json, key: str, low: float, high: float) -> None:
        value, path = parent.get(key), f"{path}.{key}"
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.add(path, "must be a number")
        elif not low <= value <= high:
            self.add(path, f"{value} is not between {low} and {high}")

    def ordered(self, path: str, parent: Json, low: str, high: str) -> None:
        """Check that one number of an object is not above another."""
        least, most = parent.get(low), parent.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            self.add(f"{path}.{low}", f"{least} is more than {high}, {most}")

    def url(
        self,
        path: str,
        parent: Json,
        key: str,
        schemes: tuple[str, ...],
        high: int = URL,
        low: int = 0,
    ) -> None:
        if not self.text(path, parent, key, high, low):
            return
        try:
            parts = urlsplit(str(parent[key]))
        except ValueError:
            self.add(f"{path}.{key}", "is no address")
            return
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            self.add(f"{path}.{key}", f"must begin with {', '.join(schemes)}")

    def unique(self, path: str, values: Iterable[Any], what: str) -> None:
        for value, times in Counter(map(str, values)).items():
            if times > 1:
                self.add(path, f"{what} {value!r} is used {times} times")


# Messages


def _message(report: _Report, path: str, value: Any, *, edit: bool = False) -> None:
    body = report.root(path, value)
    v2 = bool(_int(body.get("flags")) & COMPONENTS_V2)
    report.text(path, body, "content", CONTENT)
    embeds = report.objects(path, body, "embeds", EMBEDS)
    total = sum(_embed(report, where, embed) for where, embed in embeds)
    if total > EMBED_TOTAL:
        rule = f"{total} characters over all embeds together, at most {EMBED_TOTAL}"
        report.add(f"{path}.embeds", rule)
    report.items(path, body, "sticker_ids", STICKERS)
    if not isinstance(body.get("nonce"), int):
        report.text(path, body, "nonce", NONCE)
    for where, attachment in report.objects(path, body, "attachments", ATTACHMENTS):
        report.text(where, attachment, "description", ATTACHMENT_DESCRIPTION)
    if v2:
        for key in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(key):
                report.add(f"{path}.{key}", "cannot be used together with Components V2")
    if body.get("poll") is not None:
        _poll(report, f"{path}.poll", body["poll"])
    if body.get("allowed_mentions") is not None:
        _allowed_mentions(report, f"{path}.allowed_mentions", body["allowed_mentions"])
    _Components(report, v2=v2).message(path, body)
    if not edit and isinstance(value, dict) and is_empty(body):
        report.add(path, EMPTY)


def _edit(report: _Report, path: str, value: Any) -> None:
    _message(report, path, value, edit=True)


def _embed(report: _Report, path: str, embed: Json) -> int:
    """Check one embed and return how much it counts towards the total."""
    author = report.object(path, embed, "author")
    footer = report.object(path, embed, "footer")
    size = (
        report.text(path, embed, "title", EMBED_TITLE, trim=True)
        + report.text(path, embed, "description", EMBED_DESCRIPTION, trim=True)
        + report.text(f"{path}.author", author, "name", EMBED_AUTHOR, trim=True)
        + report.text(f"{path}.footer", footer, "text", EMBED_FOOTER, trim=True)
    )
    for where, field in report.objects(path, embed, "fields", EMBED_FIELDS):
        size += report.text(where, field, "name", EMBED_FIELD_NAME, 1, trim=True)
        size += report.text(where, field, "value", EMBED_FIELD_VALUE, 1, trim=True)
    report.url(path, embed, "url", _WEB)
    report.url(f"{path}.author", author, "url", _WEB)
    report.url(f"{path}.author", author, "icon_url", _MEDIA)
    report.url(f"{path}.footer", footer, "icon_url", _MEDIA)
    pictures = [(key, report.object(path, embed, key)) for key in ("image", "thumbnail")]
    for key, picture in pictures:
        report.url(f"{path}.{key}", picture, "url", _MEDIA)
    report.number(path, embed, "color", 0, 0xFFFFFF)
    if not size and not any(picture.get("url") for _, picture in pictures):
        report.add(path, "the embed is empty")
    return size


def _poll(report: _Report, path: str, value: Any) -> None:
    poll = report.root(path, value)
    question = report.object(path, poll, "question", required=True)
    report.text(f"{path}.question", question, "text", POLL_QUESTION, 1)
    for where, answer in report.objects(path, poll, "answers", POLL_ANSWERS, 1):
        media = report.object(where, answer, "poll_media", required=True)
        report.text(f"{where}.poll_media", media, "text", POLL_ANSWER, not media.get("emoji"))
    report.number(path, poll, "duration", 1, POLL_HOURS)


def _allowed_mentions(report: _Report, path: str, value: Any) -> None:
    mentions = report.root(path, value)
    parse = report.items(path, mentions, "parse")
    for word in parse:
        if word not in ("users", "roles", "everyone"):
            report.add(f"{path}.parse", f"{word!r} is not one of users, roles, everyone")
    report.unique(f"{path}.parse", parse, "value")
    for key in ("users", "roles"):
        ids = report.items(path, mentions, key, MENTION_IDS)
        report.unique(f"{path}.{key}", ids, "id")
        if ids and key in parse:
            report.add(f"{path}.{key}", f"cannot be used together with {key!r} in parse")


def _thread(report: _Report, path: str, value: Any) -> None:
    thread = report.root(path, value)
    report.text(path, thread, "name", THREAD_NAME, 1, trim=True)
    minutes = thread.get("auto_archive_duration")
    if minutes is not None and minutes not in THREAD_ARCHIVE_MINUTES:
        report.add(f"{path}.auto_archive_duration", f"must be one of {THREAD_ARCHIVE_MINUTES}")
    report.items(path, thread, "applied_tags", THREAD_TAGS)
    if "message" in thread:
        _message(report, f"{path}.message", thread["message"])


# Components


class _Components:
    """One walk over the components of a message or a modal, which share ids and totals."""

    def __init__(self, report: _Report, *, v2: bool = False, modal: bool = False) -> None:
        self.report = report
        self.v2 = v2
        self.modal = modal
        self.count = 0
        self.characters = 0
        self.ids: list[int] = []
        self.custom_ids: list[str] = []

    def message(self, path: str, body: Json) -> None:
        if self.v2:
            self._inside(path, body, _V2_TOP, "at the top", COMPONENTS)
        else:
            self._inside(path, body, {Component.ACTION_ROW}, "without the Components V2 flag", ROWS)
        path = f"{path}.components"
        if self.count > COMPONENTS:
            rule = f"{self.count} components, nested ones included, at most {COMPONENTS}"
            self.report.add(path, rule)
        if self.characters > COMPONENT_TEXT:
            rule = f"{self.characters} characters in all text displays, at most {COMPONENT_TEXT}"
            self.report.add(path, rule)
        self._finish(path)

    def rows(self, path: str, modal: Json) -> None:
        """Check the components of a modal."""
        self._inside(
            path,
            modal,
            {Component.ACTION_ROW, Component.TEXT_DISPLAY, Component.LABEL},
            "in a modal",
            MODAL_ROWS,
            1,
        )
        self._finish(f"{path}.components")

    def _finish(self, path: str) -> None:
        self.report.unique(path, self.ids, "component id")
        self.report.unique(path, self.custom_ids, "custom id")

    def _inside(
        self,
        path: str,
        parent: Json,
        allowed: Set[int],
        where: str,
        high: int | None = None,
        low: int = 0,
    ) -> list[Json]:
        """Check the components in another one, or at the top."""
        found = self.report.objects(path, parent, "components", high, low)
        for place, component in found:
            self._one(place, component, allowed, where)
        return [component for _, component in found]

    def _one(self, path: str, component: Json, allowed: Set[int], where: str) -> None:
        kind = _int(component.get("type"))
        self.count += 1
        if kind not in _KNOWN:
            self.report.add(f"{path}.type", f"{component.get('type')!r} is no component type")
            return
        if kind not in allowed:
            name = Component(kind).name.replace("_", " ").lower()
            self.report.add(path, f"a {name} is not allowed {where}")
        if _int(component.get("id")):
            self.ids.append(component["id"])
        if kind in _CUSTOM:
            self._custom_id(path, component)
        check = self._CHECKS.get(kind)
        if check:
            check(self, path, component)

    def _custom_id(self, path: str, component: Json) -> None:
        if self.report.text(path, component, "custom_id", CUSTOM_ID, 1):
            self.custom_ids.append(component["custom_id"])

    def _row(self, path: str, row: Json) -> None:
        rule = ""
        if self.modal:
            inside = self._inside(
                path, row, {Component.TEXT_INPUT}, "in a modal's action row", low=1
            )
            if len(inside) > 1:
                rule = f"{len(inside)} text inputs in one row, at most 1"
        else:
            inside = self._inside(
                path, row, SELECTS | {Component.BUTTON}, "in an action row", low=1
            )
            if len(inside) > 1 and any(_int(item.get("type")) in SELECTS for item in inside):
                rule = "a select needs an action row of its own"
            elif len(inside) > ROW_BUTTONS:
                rule = f"{len(inside)} buttons in one row, at most {ROW_BUTTONS}"
        if rule:
            self.report.add(f"{path}.components", rule)

    def _button(self, path: str, button: Json) -> None:
        report, style = self.report, _int(button.get("style"))
        report.text(path, button, "label", BUTTON_LABEL)
        if style not in range(1, 7):
            report.add(f"{path}.style", f"{button.get('style')!r} is no button style")
        forbidden = {_LINK: ("custom_id", "sku_id"), _PREMIUM: ("custom_id", "label", "url")}
        for key in forbidden.get(style, ("url", "sku_id")):
            if button.get(key) is not None:
                report.add(f"{path}.{key}", "is not allowed on a button of this style")
        if style == _LINK:
            report.url(path, button, "url", (*_WEB, "discord"), BUTTON_URL, 1)
        elif style == _PREMIUM:
            report.text(path, button, "sku_id", 20, 1)
            return
        else:
            self._custom_id(path, button)
        if not button.get("label") and not button.get("emoji"):
            report.add(path, "a button needs a label or an emoji")

    def _select(self, path: str, select: Json) -> None:
        report = self.report
        report.text(path, select, "placeholder", PLACEHOLDER)
        low, high = self._values(path, select, SELECT_OPTIONS)
        if self.modal and select.get("disabled"):
            report.add(f"{path}.disabled", "nothing can be disabled in a modal")
        if select["type"] != Component.STRING_SELECT:
            chosen = report.items(path, select, "default_values")
            if chosen and not low <= len(chosen) <= high:
                rule = f"{len(chosen)} values, not {low} to {high} of them"
                report.add(f"{path}.default_values", rule)
            return
        options = self._options(path, select, SELECT_OPTIONS, 1)
        if options and len(options) < max(low, high):
            report.add(f"{path}.options", f"{len(options)} options, fewer than max_values")
        if sum(bool(option.get("default")) for option in options) > high:
            report.add(f"{path}.options", "more defaults than max_values")

    def _values(self, path: str, component: Json, top: int) -> tuple[int, int]:
        self.report.number(path, component, "min_values", 0, top)
        self.report.number(path, component, "max_values", 1, top)
        low, high = (component.get(key) for key in ("min_values", "max_values"))
        low, high = (value if isinstance(value, int) else 1 for value in (low, high))
        if low > high:
            self.report.add(f"{path}.min_values", f"{low} is more than max_values, {high}")
        if self.modal and low == 0 and component.get("required") is not False:
            self.report.add(f"{path}.min_values", "0 of something required")
        return low, high

    def _options(self, path: str, component: Json, high: int, low: int) -> list[Json]:
        found = self.report.objects(path, component, "options", high, low)
        for where, option in found:
            self.report.text(where, option, "label", OPTION_TEXT, 1)
            self.report.text(where, option, "value", OPTION_TEXT, 1)
            self.report.text(where, option, "description", OPTION_TEXT)
        options = [option for _, option in found]
        self.report.unique(f"{path}.options", [option.get("value") for option in options], "value")
        return options

    def _radio(self, path: str, group: Json) -> None:
        self._options(path, group, 10, 2)

    def _checkboxes(self, path: str, group: Json) -> None:
        self._values(path, group, 10)
        self._options(path, group, 10, 1)

    def _upload(self, path: str, upload: Json) -> None:
        self._values(path, upload, 10)

    def _input(self, path: str, field: Json) -> None:
        report = self.report
        if field.get("style") not in (1, 2):
            report.add(f"{path}.style", f"{field.get('style')!r} is no text input style")
        report.text(path, field, "value", INPUT_VALUE)
        report.text(path, field, "placeholder", INPUT_PLACEHOLDER)
        # Only a label component, which is its parent under another key, makes its own needless.
        report.text(path, field, "label", LABEL, low=int(path.endswith("]")))
        report.number(path, field, "min_length", 0, INPUT_VALUE)
        report.number(path, field, "max_length", 1, INPUT_VALUE)
        report.ordered(path, field, "min_length", "max_length")

    def _label(self, path: str, label: Json) -> None:
        self.report.text(path, label, "label", LABEL, 1)
        self.report.text(path, label, "description", LABEL_DESCRIPTION)
        self._only(path, label, "component", _IN_LABEL, "in a label")

    def _section(self, path: str, section: Json) -> None:
        self._inside(path, section, {Component.TEXT_DISPLAY}, "in a section", SECTION_TEXTS, 1)
        self._only(
            path, section, "accessory", {Component.BUTTON, Component.THUMBNAIL}, "as an accessory"
        )

    def _only(self, path: str, parent: Json, key: str, allowed: Set[int], where: str) -> None:
        component = self.report.object(path, parent, key, required=True)
        if isinstance(parent.get(key), dict):
            self._one(f"{path}.{key}", component, allowed, where)

    def _text(self, path: str, text: Json) -> None:
        self.characters += self.report.text(path, text, "content", COMPONENT_TEXT, 1)

    def _media(self, path: str, item: Json, key: str, schemes: tuple[str, ...]) -> None:
        media = self.report.object(path, item, key, required=True)
        self.report.url(f"{path}.{key}", media, "url", schemes, low=1)
        self.report.text(path, item, "description", MEDIA_DESCRIPTION)

    def _thumbnail(self, path: str, thumbnail: Json) -> None:
        self._media(path, thumbnail, "media", _MEDIA)

    def _gallery(self, path: str, gallery: Json) -> None:
        for where, item in self.report.objects(path, gallery, "items", GALLERY_ITEMS, 1):
            self._media(where, item, "media", _MEDIA)

    def _file(self, path: str, file: Json) -> None:
        self._media(path, file, "file", ("attachment",))

    def _separator(self, path: str, separator: Json) -> None:
        if separator.get("spacing") not in (None, 1, 2):
            self.report.add(f"{path}.spacing", "must be 1 or 2")

    def _container(self, path: str, container: Json) -> None:
        self._inside(path, container, _IN_CONTAINER, "in a container", low=1)
        self.report.number(path, container, "accent_color", 0, 0xFFFFFF)

    _CHECKS: ClassVar[dict[int, Callable[[_Components, str, Json], None]]] = {
        Component.ACTION_ROW: _row,
        Component.BUTTON: _button,
        **dict.fromkeys(SELECTS, _select),
        Component.TEXT_INPUT: _input,
        Component.SECTION: _section,
        Component.TEXT_DISPLAY: _text,
        Component.THUMBNAIL: _thumbnail,
        Component.MEDIA_GALLERY: _gallery,
        Component.FILE: _file,
        Component.SEPARATOR: _separator,
        Component.CONTAINER: _container,
        Component.LABEL: _label,
        Component.FILE_UPLOAD: _upload,
        Component.RADIO_GROUP: _radio,
        Component.CHECKBOX_GROUP: _checkboxes,
    }


# Answers to interactions


def _modal(report: _Report, path: str, value: Any) -> None:
    modal = report.root(path, value)
    report.text(path, modal, "custom_id", CUSTOM_ID, 1)
    report.text(path, modal, "title", MODAL_TITLE, 1)
    _Components(report, modal=True).rows(path, modal)


def _autocomplete(report: _Report, path: str, value: Any) -> None:
    _choices(report, path, report.root(path, value), None)


def _choices(report: _Report, path: str, parent: Json, kind: int | None) -> None:
    for where, choice in report.objects(path, parent, "choices", CHOICES):
        report.text(where, choice, "name", CHOICE_NAME, 1)
        _localizations(report, where, choice, "name", CHOICE_NAME)
        given = choice.get("value")
        if kind == _STRING or (kind is None and not isinstance(given, int | float)):
            report.text(where, choice, "value", CHOICE_VALUE, 1)
        elif kind == _INTEGER and (isinstance(given, bool) or not isinstance(given, int)):
            report.add(f"{where}.value", "must be an integer")
        else:
            report.number(where, choice, "value", -(2**53), 2**53)


def _callback(report: _Report, path: str, value: Any) -> None:
    body = report.root(path, value)
    kind, data, inside = body.get("type"), body.get("data"), f"{path}.data"
    match kind:
        case 1 | 5 | 6 | 10 | 12:
            report.object(path, body, "data")
        case 4:
            _message(report, inside, data)
        case 7:
            _edit(report, inside, data)
        case 8:
            _autocomplete(report, inside, data)
        case 9:
            _modal(report, inside, data)
        case _:
            report.add(f"{path}.type", f"{kind!r} is no type of answer")


# Application commands


def _commands(report: _Report, path: str, value: Any) -> None:
    if not isinstance(value, list):
        report.add(path, "must be a list")
    commands = [report.root(f"{path}[{n}]", item) for n, item in enumerate(_list(value))]
    for kind, most in COMMANDS.items():
        names = [c.get("name") for c in commands if (c.get("type") or 1) == kind]
        if len(names) > most:
            report.add(path, f"{len(names)} commands of type {kind}, at most {most}")
        report.unique(path, names, "command name")
    for n, command in enumerate(commands):
        _command(report, f"{path}[{n}]", command)


def _command(report: _Report, path: str, value: Any) -> None:
    command = report.root(path, value)
    kind = _int(command.get("type") or 1)
    if kind not in COMMANDS:
        report.add(f"{path}.type", f"{kind!r} is no command type")
    _name(report, path, command, chat=kind == 1)
    if kind == 1:
        _description(report, path, command)
        _options(report, path, command, depth=0)
    else:
        for key in ("description", "options"):
            if command.get(key):
                report.add(f"{path}.{key}", "is only for slash commands")
    for key, known in (("integration_types", (0, 1)), ("contexts", (0, 1, 2))):
        values = report.items(path, command, key, low=int(command.get(key) is not None))
        report.unique(f"{path}.{key}", values, "value")
        for given in values:
            if given not in known:
                report.add(f"{path}.{key}", f"{given!r} is not one of {known}")
    size = _size(command)
    if size > COMMAND_SIZE:
        rule = f"{size} characters of names, descriptions and values, at most {COMMAND_SIZE}"
        report.add(path, rule)


def _options(report: _Report, path: str, parent: Json, *, depth: int) -> None:
    """Check options: at depth 0 of a command, at 1 of a group, at 2 of a subcommand."""
    options = report.objects(path, parent, "options", COMMAND_OPTIONS)
    names = [option.get("name") for _, option in options]
    report.unique(f"{path}.options", names, "option name")
    nested = [_int(option.get("type")) in (_SUBCOMMAND, _GROUP) for _, option in options]
    if any(nested) and not all(nested):
        report.add(f"{path}.options", "subcommands and other options side by side")
    optional = False
    for where, option in options:
        kind = _int(option.get("type"))
        if kind not in range(1, 12):
            report.add(f"{where}.type", f"{option.get('type')!r} is no option type")
        if option.get("required") and optional:
            report.add(f"{where}.required", "a required option follows an optional one")
        optional = optional or not option.get("required")
        _name(report, where, option, chat=True)
        _description(report, where, option)
        if kind not in (_SUBCOMMAND, _GROUP):
            if depth == 1:
                report.add(where, "a group holds only subcommands")
            _option(report, where, option, kind)
            continue
        if depth > (kind == _SUBCOMMAND):
            report.add(where, "subcommands are nested too deeply")
        _options(report, where, option, depth=2 if kind == _SUBCOMMAND else 1)


def _option(report: _Report, path: str, option: Json, kind: int) -> None:
    """Check what only a plain option can have."""
    if option.get("options"):
        report.add(f"{path}.options", "is only for subcommands and groups")
    if option.get("choices") or option.get("autocomplete"):
        if kind not in (_STRING, _INTEGER, _NUMBER):
            report.add(path, "choices and autocomplete are only for texts and numbers")
        if option.get("choices") and option.get("autocomplete"):
            report.add(f"{path}.autocomplete", "cannot be used together with choices")
    _choices(report, path, option, kind)
    names = [_object(choice).get("name") for choice in _list(option.get("choices"))]
    report.unique(f"{path}.choices", names, "choice name")
    report.number(path, option, "min_length", 0, OPTION_LENGTH)
    report.number(path, option, "max_length", 1, OPTION_LENGTH)
    report.ordered(path, option, "min_length", "max_length")
    report.ordered(path, option, "min_value", "max_value")
    for keys, kinds in (
        (("min_length", "max_length"), (_STRING,)),
        (("min_value", "max_value"), (_INTEGER, _NUMBER)),
        (("channel_types",), (_CHANNEL,)),
    ):
        for key in keys:
            if option.get(key) is not None and kind not in kinds:
                report.add(f"{path}.{key}", "is not for options of this type")


def _name(report: _Report, path: str, item: Json, *, chat: bool) -> None:
    report.text(path, item, "name", COMMAND_NAME, 1)
    names = {"name": item.get("name")}
    found = _localizations(report, path, item, "name", COMMAND_NAME)
    names |= {f"name_localizations.{locale}": name for locale, name in found.items()}
    for key, name in names.items():
        if not chat or not isinstance(name, str):
            continue
        if not all(map(_name_character, name)):
            report.add(f"{path}.{key}", f"{name!r} has characters that command names cannot have")
        if name != name.lower():
            report.add(f"{path}.{key}", f"{name!r} is not in lower case")


def _name_character(char: str) -> bool:
    """Tell whether a character is in ``[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]``."""
    return char in "-_'" or unicodedata.category(char)[0] in "LN" or _MARKS.match(char) is not None


def _description(report: _Report, path: str, item: Json) -> None:
    report.text(path, item, "description", COMMAND_DESCRIPTION, 1)
    _localizations(report, path, item, "description", COMMAND_DESCRIPTION)


def _localizations(report: _Report, path: str, item: Json, key: str, high: int) -> Json:
    key += "_localizations"
    found = report.object(path, item, key)
    for locale in found:
        if locale not in LOCALES:
            report.add(f"{path}.{key}.{locale}", "is no locale that Discord knows")
        report.text(f"{path}.{key}", found, locale, high, 1)
    return found


def _size(item: Json) -> int:
    """Count a definition the way Discord does: of every text only its longest translation."""
    total = 0
    for key in ("name", "description", "value"):
        texts = [item.get(key), *_object(item.get(f"{key}_localizations")).values()]
        total += max((len(text) for text in texts if isinstance(text, str)), default=0)
    nested = _list(item.get("options")) + _list(item.get("choices"))
    return total + sum(_size(_object(inner)) for inner in nested)


_CHECKS: Final[dict[str, Callable[[_Report, str, Any], None]]] = {
    "message": _message,
    "edit": _edit,
    "thread": _thread,
    "callback": _callback,
    "autocomplete": _autocomplete,
    "modal": _modal,
    "command": _command,
    "commands": _commands,
}
