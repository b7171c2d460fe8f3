"""The errors that are meant for people: each message says what to do next."""

from __future__ import annotations


class EpisodeBotError(Exception):
    """Base of every error whose text may be shown to a member or an operator."""


class SourceError(EpisodeBotError):
    """A source file that cannot be read as an episode.

    Attributes:
        path: The file, as the source names it.
        line: The line of the mistake, counted from 1.
        reason: What is wrong and what to do about it.
    """

    def __init__(self, path: str, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, int, str]]:
        """Let the error cross from the process that reads files."""
        return type(self), (self.path, self.line, self.reason)


class NotAnEpisodeError(SourceError):
    """A content file that is a page of the site, and no episode of the show."""


class ArchiveError(EpisodeBotError):
    """The archive database cannot be opened or used."""


class StateError(EpisodeBotError):
    """What stores the state cannot be used just now; what was under way was not done, or may be."""


class DiscordError(EpisodeBotError):
    """Discord cannot be reached, or does not let the bot in."""


class QuestionError(EpisodeBotError):
    """A question that cannot be searched for: empty, too long, without words."""


class SettingsError(EpisodeBotError):
    """One or more settings are wrong; ``mistakes`` holds a line for each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
