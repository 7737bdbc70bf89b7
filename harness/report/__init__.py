"""A run's history and verdict as files that people and machines read."""
