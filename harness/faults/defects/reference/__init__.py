"""The defects of the reference servers, which have them themselves (`harness.servers.*.defects`)."""
