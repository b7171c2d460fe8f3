"""What runs the bot elsewhere is checked as far as that goes without Docker and systemd running."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.settings import Settings
from deploy.dockerfile import Instruction, instructions
from tests.conftest import ROOT

SCHEMA = Path(__file__).parent / "compose-spec" / "compose-spec.json"


def tool(name: str) -> str:
    """Where a program is, beside this Python or on the path."""
    beside = ROOT / ".venv" / "bin" / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="module")
def dockerfile() -> list[Instruction]:
    return list(instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_hadolint_finds_nothing() -> None:
    command = [tool("hadolint"), "--no-color", str(ROOT / "Dockerfile")]
    checked = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_image_runs_what_is_pinned_as_nobody(dockerfile: list[Instruction]) -> None:
    last = max(n for n, step in enumerate(dockerfile) if step.word == "FROM")
    stage = {step.word: step for step in dockerfile[last:]}
    assert stage["USER"].rest == "10001:10001"
    assert stage["VOLUME"].words == ["/data"]
    assert stage["STOPSIGNAL"].rest == "SIGTERM"
    assert '["python", "-m", "bot", "healthy"]' in stage["HEALTHCHECK"].rest
    assert stage["ENTRYPOINT"].words + stage["CMD"].words == ["python", "-m", "bot", "run"]
    [install] = [step for step in dockerfile if "pip install" in step.rest]
    assert {"--require-hashes", "--only-binary", "--no-cache-dir"} <= set(install.rest.split())
    for step in dockerfile:
        if step.word == "FROM":
            assert re.match(r"python:3\.\d+-slim\b", step.rest)


def test_what_the_image_copies_reaches_the_builder(dockerfile: list[Instruction]) -> None:
    listed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in listed
    for step in dockerfile:
        if step.word == "COPY" and not step.rest.startswith("--from"):
            source = step.rest.split()[0]
            assert f"!{source}" in listed
            assert (ROOT / source).exists()


def test_compose_is_valid(compose: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(compose)


@pytest.mark.parametrize("name", ["bot", "replica"])
def test_services_may_do_little(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert {"mem_limit", "pids_limit", "cpus", "tmpfs", "user"} <= set(service)
    assert {"max-size", "max-file"} <= set(service["logging"]["options"])
    assert "ports" not in service


def test_compose_knows_the_settings(compose: dict[str, Any]) -> None:
    bot = compose["services"]["bot"]
    settings = {"DISCORD_TOKEN", "ARCHIVE", "EPISODES"}
    assert set(bot["environment"]) == settings
    assert bot["env_file"] == ".env"
    assert Path(bot["environment"]["ARCHIVE"]).parent == Path("/data")
    assert "data:/data" in bot["volumes"]
    assert all(volume.endswith(":ro") for volume in bot["volumes"] if volume != "data:/data")


def test_names_for_compose_alone_are_no_slips_of_the_bot(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "deploy/litestream.yml").read_text()
    names = set(re.findall(r"\$\{(\w+)", text)) - {"DISCORD_TOKEN"}
    assert len(names) == 5
    written = tmp_path / ".env"
    written.write_text("".join(f"{name}=x\n" for name in names))
    assert Settings.load({}, written) == Settings()
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert all(f"#{name}=" in example for name in names)


def test_the_state_is_replicated(compose: dict[str, Any]) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "litestream.yml").read_text(encoding="utf-8"))
    [database] = config["dbs"]
    place = Path(compose["services"]["bot"]["environment"]["ARCHIVE"])
    assert database["path"] == str(place.with_name("state.sqlite3"))
    assert database["replica"]["url"] == "${REPLICA_URL}"
    assert compose["services"]["replica"]["profiles"] == ["replica"]


def test_the_unit_is_valid(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "episode-bot.service").read_text(encoding="utf-8")
    # The program must be there; nothing else is looked at on this machine.
    unit = tmp_path / "episode-bot.service"
    unit.write_text(text.replace("/opt/episode-bot/.venv/bin/python", "/bin/true"))
    command = [tool("systemd-analyze"), "verify", "--man=no", str(unit)]
    checked = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_the_unit_exposes_little() -> None:
    unit = ROOT / "deploy" / "episode-bot.service"
    command = [tool("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(unit)]
    checked = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert checked.returncode == 0, checked.stdout[-500:] + checked.stderr
