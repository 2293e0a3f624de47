"""The journal: every delivery that changes content appends a Version; Transaction and Step are the current picture of them."""
