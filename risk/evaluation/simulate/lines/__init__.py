"""The five business lines: honest traffic of each, and building rows of which some columns are fixed."""
