"""Complaints and reports about units and people of the force, with their rectification and revisit."""
