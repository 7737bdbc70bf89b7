"""What can be done to a system to see what it is worth: faults of its network, and defects that a gate must catch."""
