"""Backtests of rule drafts as jobs: ordered, worked by one worker at a time, cancelled, kept with what they say."""
