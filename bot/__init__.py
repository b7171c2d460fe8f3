"""episode-bot: answer from a podcast's archive, and announce its new episodes.

Data flows one way: source -> Episode -> store -> search -> card.
"""

__version__ = "0.1.0"
