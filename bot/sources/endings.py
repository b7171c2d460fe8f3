"""By which endings the files of a folder are known."""

from __future__ import annotations

CONTENT = (".md", ".markdown")
AUDIO = (".mp3", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".flac", ".wav", ".mp4", ".webm")
