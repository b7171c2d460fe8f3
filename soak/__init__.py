"""The soak: the bot lives through months in minutes, and nothing is lost, left over or growing.

``python -m soak --minutes 20`` runs the bot against a local Discord while members ask, episodes
come out and change, the gateway fails, and the bot is killed or stopped every other minute. It
counts what was lost or left unanswered, and what a process holds more of the longer it lives.
"""
