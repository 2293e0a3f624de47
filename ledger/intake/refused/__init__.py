"""What could not be taken: kept with its reason, given back, settled by what comes later, or done away with by two people."""
