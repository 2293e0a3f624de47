"""Measurements of the bars, printed and never asserted."""
