"""Dirty ranges in, hits and alerts out: exactly once, in any order, whoever works."""
