"""Loading an archive by the command line, as an operator would, for a benchmark to begin with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PLAIN = 'import sys; sys.modules["onnxruntime"] = None\n'  # as if the extra was not installed

_MAIN = "import sys\nfrom bot.cli import main\nsys.exit(main())"


def load(folder: Path, archive: Path, *, learn: bool) -> None:
    """Load a folder; what passages mean, which takes minutes, is learned only where wanted.

    Raises:
        SystemExit: Where the folder cannot be loaded.
    """
    program = _MAIN if learn else PLAIN + _MAIN
    # ARCHIVE is a folder to make, and a file to the bot.
    environ = os.environ | {"ARCHIVE": str(archive)}
    command = [sys.executable, "-c", program, "load", str(folder)]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=environ)
    if done.returncode not in (0, 1):
        sys.exit(f"{folder} cannot be loaded")
