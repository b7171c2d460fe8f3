"""Announcing: a new episode is posted once where it was asked for, never twice, never not.

The way of an episode: ``watcher`` keeps the archive in step with its source, ``memory`` tells
what became public and plans deliveries by the rules of ``planning``, ``deliveries`` is the ledger
of them, ``dispatcher`` moves each one on, and ``discord_side`` is the only part that talks to
Discord.
"""
