"""Files and calls in: read, validate, put into the roster or the journal, and keep what could not be taken with its reason."""
