"""Caring for a bot that runs for years: its health, its copies, what it keeps of members."""
