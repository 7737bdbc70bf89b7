"""Which hop broke, and why: the suspects of a finding, ranked by what else the history holds."""
