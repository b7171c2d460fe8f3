from __future__ import annotations

from pathlib import Path

import pytest

from bot.search import ask
from bot.store.archive import Archive
from evaluation.ablation import SWITCHES, Switch, switched_off


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.idea)
async def test_each_idea_can_be_switched_off(switch: Switch, sample_archive_path: Path) -> None:
    async with await Archive.open(sample_archive_path) as archive:
        before = (await ask(archive, "appels on the kitchn table in 2025")).to_json()
        with switched_off(switch):
            assert (await ask(archive, "API keys")).episodes
        assert (await ask(archive, "appels on the kitchn table in 2025")).to_json() == before


async def test_a_switch_does_what_it_says(sample_archive_path: Path) -> None:
    switches = {switch.idea: switch for switch in SWITCHES}
    async with await Archive.open(sample_archive_path) as archive:
        with switched_off(switches["typo correction"]):
            assert "corrections" not in (await ask(archive, "firmwear")).understood
        assert "corrections" in (await ask(archive, "firmwear")).understood
