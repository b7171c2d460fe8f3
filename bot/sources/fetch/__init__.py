"""Fetching over HTTP what somebody else decides: with care for both sides, and kept on disk."""
