"""The reference system, as processes of their own: a broadcaster and a backend that a target can be compared with."""
