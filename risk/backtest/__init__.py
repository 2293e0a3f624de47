"""历史推演: what a rule, as it is or as it might be, would have raised over recorded history. Reads only."""
