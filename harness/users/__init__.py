"""Simulated people: what they can do, over HTTP and a WebSocket whose frames the kernel stamps."""
