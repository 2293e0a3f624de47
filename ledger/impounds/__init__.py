"""Impounded vehicles: where each stands, why, until when, and when it was released."""
