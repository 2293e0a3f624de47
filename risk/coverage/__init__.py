"""What was seen: which rule looked at which day when, gaps that were found, and canaries that prove a rule can still hit."""
