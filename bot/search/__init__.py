"""Finding: one function for each thing that a member can ask for."""

from bot.search.ask import ask
from bot.search.browse import browse, latest, random_episode, show
from bot.search.person import Profile, person
from bot.search.quote import quote
from bot.search.results import Answer, EpisodeHead, Evidence, Found, Page, Passage, Quotes

__all__ = [
    "Answer",
    "EpisodeHead",
    "Evidence",
    "Found",
    "Page",
    "Passage",
    "Profile",
    "Quotes",
    "ask",
    "browse",
    "latest",
    "person",
    "quote",
    "random_episode",
    "show",
]
