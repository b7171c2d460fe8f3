"""What a process holds, sample by sample, and whether that grows."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

_SETTLED = 20.0  # seconds until a process has what it needs
_WARM = 300.0  # seconds until its caches and the heaps of its threads are full

# Runs in the bot's event loop beside the bot: which tasks stay? (What is under way comes and goes.)
PRELUDE = """
STAYS = 5.0
import asyncio, collections, json, os, time, weakref
plain_run = asyncio.run
async def count_tasks(path):
    seen = weakref.WeakKeyDictionary()
    while True:
        now = time.monotonic()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        old = [task for task in tasks if now - seen.setdefault(task, now) > STAYS]
        names = collections.Counter(task.get_coro().__qualname__ for task in old)
        with open(path + ".part", "w") as file:
            json.dump(names, file)
        os.replace(path + ".part", path)
        await asyncio.sleep(0.5)
def counted_run(main, **options):
    async def both():
        counting = asyncio.create_task(count_tasks(os.environ["SOAK_TASKS"]))
        try:
            return await main
        finally:
            counting.cancel()
    return plain_run(both(), **options)
asyncio.run = counted_run
"""


class Sample(NamedTuple):
    """A process at one moment: seconds since its start, MB, and what it has open."""

    age: float
    memory: float
    tasks: int
    files: int
    connections: int
    threads: int


@dataclass
class Life:
    """One process from its start to its end."""

    pid: int
    born: float
    samples: list[Sample] = field(default_factory=list)
    tasks: Counter[str] = field(default_factory=Counter)  # as last seen, by coroutine

    def look(self, now: float, tasks: Path) -> None:
        """Take a sample, as long as the process lives."""
        proc = Path(f"/proc/{self.pid}")
        try:
            lines = (proc / "status").read_text().splitlines()
            status = dict(line.split(":", 1) for line in lines)
            memory, threads = int(status["VmRSS"].split()[0]), int(status["Threads"])
            targets = list(_targets(proc / "fd"))
            self.tasks = Counter(json.loads(tasks.read_text()))
        except (OSError, ValueError, KeyError):
            return
        sockets = sum(target.startswith("socket:") for target in targets)
        self.samples.append(
            Sample(
                age=now - self.born,
                memory=memory / 1024,
                tasks=self.tasks.total(),
                files=len(targets) - sockets,
                connections=sockets,
                threads=threads,
            )
        )

    def growth(self, what: str) -> int:
        """How much more the process holds at the end of its life than in the middle.

        The least of each stretch counts: what is under way comes and goes, what leaks stays.
        """
        known = [sample for sample in self.samples if sample.age > _SETTLED]
        if len(known) < 6:
            return 0
        third = len(known) // 3
        early, late = known[:third], known[-third:]
        return min(getattr(one, what) for one in late) - min(getattr(one, what) for one in early)


def _targets(folder: Path) -> Iterator[str]:
    for name in os.listdir(folder):  # noqa: PTH208  (no paths are needed)
        try:
            yield os.readlink(folder / name)  # noqa: PTH115
        except OSError:
            continue


class Slope(NamedTuple):
    """MB an hour, the standard error of that, and the seconds that were looked at."""

    per_hour: float
    error: float
    seconds: float

    @property
    def noise(self) -> bool:
        """Whether it cannot be told from none (at about 95 %)."""
        return self.per_hour <= 2 * self.error


def slope(lives: Sequence[Life], *, warm: float = _WARM) -> Slope | None:
    """How memory grows with age: least squares over all lives, each with a level of its own.

    Samples count from the age of ``warm`` seconds on: until then what is kept fills up. The error
    allows for samples that say nearly what the one before said, as those of memory do. None where
    there are too few.
    """
    known = [[one for one in life.samples if one.age > warm] for life in lives]
    known = [samples for samples in known if len(samples) >= 30]
    pairs = [pair for samples in known for pair in _centred(samples)]
    spread = sum(x * x for x, _ in pairs)
    if not spread:
        return None
    rate = sum(x * y for x, y in pairs) / spread
    rests = [[y - rate * x for x, y in _centred(samples)] for samples in known]
    squares = sum(rest * rest for some in rests for rest in some)
    alike = sum(a * b for some in rests for a, b in pairwise(some)) / (squares or 1.0)
    told = len(pairs) * (1 - alike) / (1 + alike)  # samples that would tell as much, if independent
    error = math.sqrt(squares / max(told - len(known) - 1, 1.0) / spread)
    return Slope(rate * 3600, error * 3600, sum(one[-1].age - one[0].age for one in known))


def _centred(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """Ages and MB, each less its mean."""
    age = sum(one.age for one in samples) / len(samples)
    level = sum(one.memory for one in samples) / len(samples)
    return [(one.age - age, one.memory - level) for one in samples]
