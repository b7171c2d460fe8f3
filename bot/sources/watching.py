"""Being told by the system when files change, so that nobody has to wait for the next look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

_QUIET, _LONGEST = 200, 1_600  # milliseconds that changes must pause for, at most waited for


async def changes(folders: Sequence[Path], stop: asyncio.Event) -> AsyncGenerator[None]:
    """Yield whenever something below the folders has changed, once for changes close together.

    Ends when ``stop`` is set, or where the system cannot tell: network file systems often
    cannot, and say nothing, so that looking from time to time is needed all the same.
    """
    from watchfiles import (  # takes long; it is wanted once all else goes
        awatch,  # pyright: ignore[reportUnknownVariableType]  (it names trio)
    )

    try:
        async for _ in awatch(*folders, stop_event=stop, step=_QUIET, debounce=_LONGEST):
            yield
    except (OSError, RuntimeError) as error:  # among them the library's own
        log.debug("changes in %s are not told: %s", ", ".join(map(str, folders)), error)
