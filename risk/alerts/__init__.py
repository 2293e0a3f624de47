"""Hits, the alerts folded from them, what people did with them, and who may see which."""
