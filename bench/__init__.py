"""Benchmarks: every timing is a ratio against a baseline of the same run."""
