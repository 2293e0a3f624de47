"""Violations of discipline that were decided upon."""
