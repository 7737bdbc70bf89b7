"""The suite that gates a release: plain pytest, also installed as `harness.scenarios`."""
