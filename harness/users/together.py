"""What does not depend on each other, done at the same time."""

import asyncio
from collections.abc import Awaitable
from typing import Any


async def together(*deeds: Awaitable[Any]) -> list[Any]:
    """
    Wait for all of them and give what came of each, in order; raises what the first that failed raised.

    Nothing goes on behind it: the others came to their end too.
    """
    results = await asyncio.gather(*deeds, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
