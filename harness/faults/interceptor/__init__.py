"""
A process that stands between people and whatever they talk to, understands both, and misbehaves when it is told to.

    people ─ HTTP ──────▶ front ─ Conversation ─▶ defects ─ Conversation ─▶ backend, or HTTP API of the broadcaster
    people ─ WebSocket ─▶ front ─── Splitter ───▶ defects ─────────────────▶ broadcaster

Without a defect it passes on what came: a frame as the bytes that it was, a request and an answer header by header.
`harness.faults.interception` is how another process starts it and says what shall be wrong.
"""
