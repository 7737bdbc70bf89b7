"""Load: many users, messages that go out when they are meant to, and an account of every delivery that is owed."""
