"""From rows of the database to what a template prints: words, masked names, short times. Nothing here decides or writes."""
