"""What a source says it has sent, so that what did not arrive is noticed."""
