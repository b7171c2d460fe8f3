"""Known vulnerabilities of the locked runtime dependencies: ``python -m deploy.audit``.

The lock file is handed to pip-audit (https://github.com/pypa/pip-audit), which asks the package
index about each version; whoever is not on the network learns that nothing was checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from deploy.licences import LOCK

FINE, FOUND, UNCHECKED = 0, 1, 3


def told(out: str, err: str) -> tuple[int, list[str]]:
    """What pip-audit's output means: an exit code, and lines for people."""
    try:
        packages: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNCHECKED, _nothing((err.strip().splitlines() or ["pip-audit said nothing"])[-1])
    skipped = [one for one in packages if "skip_reason" in one]
    if len(skipped) == len(packages):  # an index that mirrors packages knows of none
        return UNCHECKED, _nothing(skipped[0]["skip_reason"] if skipped else "no package is locked")
    holes = [(one, hole) for one in packages for hole in one.get("vulns", ())]
    lines = [
        f"{one['name']} {one['version']}: {hole['id']}, "
        f"fixed in {', '.join(hole.get('fix_versions', ())) or 'no version yet'}"
        for one, hole in holes
    ]
    lines += [f"{one['name']} was not checked: {one['skip_reason']}" for one in skipped]
    lines.append(
        f"{len(packages) - len(skipped)} packages checked, {len(holes)} known vulnerabilities."
    )
    return FOUND if holes else UNCHECKED if skipped else FINE, lines


def _nothing(reason: str) -> list[str]:
    return ["NOTHING WAS CHECKED: the vulnerability service cannot be reached.", f"  {reason}"]


def main() -> int:
    """Check, and say what was found; 1 where something was, 3 where not all could be checked."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(LOCK)),
            *("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    code, lines = told(done.stdout, done.stderr)
    print("\n".join(lines), file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
