"""One suite for every server of the Pusher protocol: what is done to it, what it answers, and what that is worth."""
