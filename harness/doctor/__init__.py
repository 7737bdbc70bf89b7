"""Which hop of a target is broken, and why: walked one by one, from outside, with the causes ranked."""
