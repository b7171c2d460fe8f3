"""``python -m bot``."""

from __future__ import annotations

import sys

try:
    from bot.cli import main
except KeyboardInterrupt:  # as early as that
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
