"""What detectors are built from: parameters, references to columns, predicates and windows. Pure pandas and numpy."""
