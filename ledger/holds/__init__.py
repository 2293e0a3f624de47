"""What somebody or something may not do for a time: placed by a suspension or a breaker, asked for by business systems."""
