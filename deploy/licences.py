"""Under which licences the locked runtime dependencies stand: ``python -m deploy.licences``.

Writes ``docs/licences.md`` from what each package says of itself, in the order of PEP 639: an
SPDX expression, then classifiers, then the first line of the older free text.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements.lock"
LIST = ROOT / "docs" / "licences.md"

_LOCKED = re.compile(r"^([a-z0-9][a-z0-9-]*)==", re.M)
# Locked for other versions of Python than this one, so that it cannot be asked.
_ELSEWHERE = {"audioop-lts": "PSF-2.0"}
_HEAD = """# Licences of the runtime dependencies

What `requirements.lock` installs, with the licence that each package states. Written by
`make licences`; do not edit it.

| package | licence |
| --- | --- |
"""


def locked(lock: str) -> list[str]:
    """The names that a lock file pins, each once, in its order."""
    return list(dict.fromkeys(_LOCKED.findall(lock)))


def licence(name: str) -> str:
    """The licence that an installed package states.

    Raises:
        LookupError: Where the package is not installed, or states none.
    """
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        raise LookupError(f"{name} is not installed; install requirements.lock first") from None
    if "License-Expression" in stated:
        return stated["License-Expression"]
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in stated.get_all("Classifier", [])
        if one.startswith("License :: ")
    ]
    text = next(iter(stated.get_all("License", [])), "").strip().partition("\n")[0].strip()
    if not (found := ", ".join(classifiers) or text):
        raise LookupError(f"{name} states no licence; look it up and note it in {__file__}")
    return found


def listed(names: list[str]) -> str:
    """The list as Markdown."""
    return _HEAD + "".join(f"| {name} | {licence(name)} |\n" for name in names)


def main() -> int:
    """Write the list; 1 where a package's licence is not known."""
    try:
        text = listed(locked(LOCK.read_text(encoding="utf-8")))
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 1
    LIST.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
