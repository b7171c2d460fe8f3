"""Seeing what the bot does: its log, its metrics, and what was asked of it.

``trace`` follows one interaction, from the gateway's event to the reply; all else here listens
to it, or is looked at from outside. Nothing here decides what a member gets.
"""
