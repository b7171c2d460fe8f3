"""Two dispatchers as they are usually written, to show that the crash test catches them.

``NAIVE=mark`` notes a post as sent and then sends it; ``NAIVE=send`` sends it and then notes it.
"""

from __future__ import annotations

import os
from typing import Any

from bot.__main__ import main
from bot.announce import deliveries
from bot.announce.dispatcher import Dispatcher


async def mark_first(self: Any, delivery: deliveries.Delivery) -> None:
    """Lose what is killed in between."""
    channel, post = await _prepared(self, delivery)
    await _noted(self, delivery, 0)
    await channel.send(view=post.view)


async def send_first(self: Any, delivery: deliveries.Delivery) -> None:
    """Double what is killed in between."""
    channel, post = await _prepared(self, delivery)
    message = await channel.send(view=post.view)
    await _noted(self, delivery, message.id)


async def _prepared(self: Any, delivery: deliveries.Delivery) -> tuple[Any, Any]:
    release = await self._release(delivery)
    channel = await self._side.channel(delivery)
    return channel, self._post(delivery, release)


async def _noted(self: Any, delivery: deliveries.Delivery, message_id: int) -> None:
    now = self._clock()
    await self._state.run(
        deliveries.begin, delivery, now, shown="", floor=None, forum=False, again=now
    )
    await self._sent(delivery, message_id, None)


if __name__ == "__main__":
    naive: Any = {"mark": mark_first, "send": send_first}[os.environ["NAIVE"]]
    Dispatcher._deliver = naive
    raise SystemExit(main(["run"]))
