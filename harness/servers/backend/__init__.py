"""The reference backend: token login, channel authorization, conversations, messages, all answered as Laravel does."""
