"""Detectors: pure functions on frames, one file each, named for the wrong they find."""
