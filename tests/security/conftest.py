from __future__ import annotations

from ..cogs.conftest import stage, stages

__all__ = ["stage", "stages"]
