"""The crash test: the bot is killed at every step of announcing, and each post is still there once.

``python -m crash --kills 500`` runs the bot against a local Discord, ends it with SIGKILL at
chosen steps and at random instants, lets the server fail in every way it can, and counts what
ended up in the channels.
"""
