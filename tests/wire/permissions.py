"""The permissions that this bench looks at, and how overwrites change them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag


class P(IntFlag):
    """Permissions, named as Discord does."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50


ALL = (1 << 53) - 1
TEXTUAL = P.SEND_TTS_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.MENTION_EVERYONE | P.SEND_POLLS
EVERYONE = (
    P.VIEW_CHANNEL
    | P.SEND_MESSAGES
    | P.ADD_REACTIONS
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.USE_APPLICATION_COMMANDS
    | P.CREATE_PUBLIC_THREADS
    | P.SEND_MESSAGES_IN_THREADS
    | P.SEND_POLLS
    | P.USE_EXTERNAL_APPS
)


def overwritten(base: int, overwrites: Iterable[tuple[int, int]]) -> int:
    """Apply pairs of what is allowed and denied; of several at once what is allowed wins."""
    allow = deny = 0
    for allowed, denied in overwrites:
        allow |= allowed
        deny |= denied
    return base & ~deny | allow
