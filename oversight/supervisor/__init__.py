"""The one command that runs everything: checks before the start, the child processes, their logs, their end."""
