"""Transcripts in files of their own: WebVTT, SRT, JSON, HTML and plain text become turns."""
