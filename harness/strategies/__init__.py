"""Hypothesis strategies for what a target must cope with; they make data and ask nobody."""
