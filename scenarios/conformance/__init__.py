"""What a server of the Pusher protocol does, one case at a time; `realtime conformance` grades them."""
