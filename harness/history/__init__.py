"""The append-only record of everything the cast did and heard: what users, expectations and checkers share."""
