"""The reference broadcaster: the protocol core behind one port that speaks WebSocket and the signed HTTP API."""
