"""Percentiles, histograms and comparisons that say how sure they are; pure."""
