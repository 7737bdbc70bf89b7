"""Judges: pure functions from a history to findings; they never meet the players."""
