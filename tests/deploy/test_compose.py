"""compose.yaml and .env.example agree with the settings and the image."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from digitpad.settings import rows, variable

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
FIXED = {"host", "port"}  # PUBLISH decides where the page is reached
IN_THE_IMAGE = dict(re.findall(r"(DIGITPAD_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))


def test_where_the_server_listens_in_its_container_is_fixed() -> None:
    fixed = COMPOSE["services"]["app"]["environment"]
    assert fixed == {variable(name): IN_THE_IMAGE[variable(name)] for name in sorted(FIXED)}
    assert COMPOSE["services"]["app"]["ports"] == [f"${{PUBLISH:-8000}}:{fixed['DIGITPAD_PORT']}"]
    assert not any(name in EXAMPLE for name in fixed)


@pytest.mark.parametrize("row", [row for row in rows() if row.name not in FIXED], ids=lambda row: row.name)
def test_each_setting_is_explained_and_has_the_images_default(row: Any) -> None:
    name = variable(row.name)
    explained = re.search(rf"^# (.+)\n#{name}=(.*)$", EXAMPLE, re.MULTILINE)
    assert explained, name
    assert explained[1].startswith(row.metadata["meaning"])
    assert explained[2] == IN_THE_IMAGE.get(name, str(row.default))


def test_each_variable_of_the_compose_file_is_explained_with_its_default() -> None:
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", (ROOT / "compose.yaml").read_text()))
    listed = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    settings = {variable(row.name) for row in rows()}
    assert {name: value for name, value in listed.items() if name not in settings} == {
        **used,
        "COMPOSE_PROFILES": "",
    }


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_each_service_says_whether_it_is_well(name: str) -> None:
    """The application's image has its own check. `up --wait` returns when all services are healthy."""
    assert ("healthcheck" in COMPOSE["services"][name]) is (name != "app")
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_no_service_may_more_than_it_needs(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["restart"] == "unless-stopped"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert service.get("read_only") or name == "cassandra"  # it writes its configuration at each start
