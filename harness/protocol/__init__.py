"""Pusher Channels protocol 7, sans-I/O: no sockets, no clock, no randomness."""
