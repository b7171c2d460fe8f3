"""Reading a Dockerfile, as far as ours goes, and carrying it out below a folder without Docker.

Form: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_PLACES = re.compile(r"(?<![\w./-])/(?=(?:app|build|data|opt)\b)")

_QUIET = {"PIP_QUIET": "2", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


class Instruction(NamedTuple):
    """A line of a Dockerfile, joined to those that continue it."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """What follows, split as a shell would, or as the JSON list that it is."""
        return json.loads(self.rest) if self.rest.startswith("[") else shlex.split(self.rest)


def instructions(text: str) -> Iterator[Instruction]:
    """Read a Dockerfile's instructions, in order."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.partition(" ")
            yield Instruction(word.upper(), rest.strip())


@dataclass(slots=True)
class Image:
    """What a Dockerfile's last stage is, below ``root``."""

    root: Path
    env: dict[str, str] = field(default_factory=dict[str, str])
    cwd: str = "/"
    user: int = 0
    volumes: list[str] = field(default_factory=list[str])
    health: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str])

    def inside(self, text: str) -> str:
        """The text with the image's places as they are on this machine."""
        return _PLACES.sub(lambda _: f"{self.root}/", text)


def build(dockerfile: Path, folder: Path, *, user: int | None = None) -> Image:
    """Carry out a Dockerfile in ``folder``, with this machine's Python in place of the base's.

    ``user`` stands in for the image's user where this process may not give files away.

    Raises:
        subprocess.CalledProcessError: Where a step fails.
    """
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(_interpreter())
    stages: dict[str, Image] = {}
    image = Image(folder)
    steps = list(instructions(dockerfile.read_text(encoding="utf-8")))
    for word, rest in steps:
        match word:
            case "FROM":
                name = rest.rpartition(" AS ")[2]
                image = stages[name] = Image(folder / f"stage{len(stages)}")
                image.root.mkdir()
                image.env["PATH"] = f"{python.parent}:/usr/bin:/bin"
            case "RUN":
                mine = rest if user is None else re.sub(r"\b10001\b", str(user), rest)
                print(f"  RUN {rest}", flush=True)
                shell = ["/bin/sh", "-euc", image.inside(mine)]
                subprocess.run(shell, check=True, env=image.env | _QUIET, cwd="/")
            case "COPY":
                _copy(rest.split(), dockerfile.parent, image, stages)
            case "ENV":
                for pair in shlex.split(rest):
                    name, _, value = pair.partition("=")
                    value = image.inside(value).replace("$PATH", image.env["PATH"])
                    image.env[name] = value
            case "WORKDIR":
                image.cwd = image.inside(rest)
            case "USER":
                image.user = int(rest.partition(":")[0]) if user is None else user
            case "HEALTHCHECK":
                image.health = Instruction(word, rest.partition("CMD ")[2]).words
            case _:
                pass
    image.volumes = [place for step in steps if step.word == "VOLUME" for place in step.words]
    entry = [step for step in steps if step.word in ("ENTRYPOINT", "CMD")]
    image.command = [word for step in entry for word in step.words]
    return image


def _interpreter() -> Path:
    """A Python that any user may run: this one may be in somebody's home."""
    for prefix in (sys.base_prefix, "/usr/local", "/usr"):
        python = Path(prefix, "bin", "python3")
        if python.exists() and all(one.stat().st_mode & 0o001 for one in (python, *python.parents)):
            return python.resolve()
    raise FileNotFoundError("no Python that any user may run; install one for all, below /usr")


def _copy(words: list[str], context: Path, image: Image, stages: dict[str, Image]) -> None:
    source, target = words[-2:]
    place = Path(image.inside(target))
    if words[0].startswith("--from="):
        origin = Path(stages[words[0].removeprefix("--from=")].inside(source))
    else:
        origin = context / source
    place.parent.mkdir(parents=True, exist_ok=True)
    if origin.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3*")
        unfiltered = None if words[0].startswith("--from=") else ignored
        shutil.copytree(origin, place, symlinks=True, ignore=unfiltered)
    else:
        shutil.copy2(origin, place)
