"""Proof that what was written once still says what it said: what is stored is held against the hash that was stored with it."""
