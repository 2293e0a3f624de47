"""Rules and their versions: a detector with parameters, scope and a threshold per level, shipped as TOML, kept as rows."""
