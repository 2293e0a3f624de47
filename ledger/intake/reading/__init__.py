"""From bytes to checked rows: files as numbered rows of text, what their columns are, and what a cell says; nothing here writes."""
