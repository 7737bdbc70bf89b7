"""The subcommands of `realtime`, one module each."""
