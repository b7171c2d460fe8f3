"""The moderators' text above an announcement, with placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.errors import QuestionError

STANDARD = "{ping} A new episode is out!"
LONGEST = 1_000

PLACEHOLDERS = {
    "ping": "the role that is pinged",
    "number": "the episode's number",
    "title": "its title",
    "link": "its title as a link to its page",
    "url": "the address of its page",
    "audio": "the address of its audio",
    "date": "its date, shown in everybody's own time zone",
    "duration": "how long it is",
    "description": "what it is about",
    "hosts": "its hosts",
    "guests": "its guests",
    "categories": "its categories",
}

_FIELD = re.compile(r"\{([^{}\n]*)\}")


def check(template: str) -> str:
    """The template, stripped.

    Raises:
        QuestionError: Where it is too long or names something there is not.
    """
    template = template.strip()
    if len(template) > LONGEST:
        raise QuestionError(f"The text may have {LONGEST:,} characters; it has {len(template):,}.")
    unknown = [name for name in _FIELD.findall(template) if name not in PLACEHOLDERS]
    if unknown:
        raise QuestionError(
            f"There is no {{{unknown[0][:30]}}}; there are "
            + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        )
    return template


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text; a placeholder without a value leaves nothing behind, nor an empty line."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1], "") if found[1] in PLACEHOLDERS else found[0]

    lines = [" ".join(_FIELD.sub(value, line).split(" ")).strip() for line in template.splitlines()]
    return "\n".join(
        line
        for line, raw in zip(lines, template.splitlines(), strict=True)
        if line or not raw.strip()
    ).strip()
