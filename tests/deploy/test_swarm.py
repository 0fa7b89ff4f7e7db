"""The swarm's stack file. `python -m tests.docker.stack` runs it for real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from digitpad.records.cassandra.address import Address
from digitpad.settings import rows, variable

STACK: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "deploy" / "swarm" / "stack.yaml").read_text()
)
SERVICES: dict[str, Any] = STACK["services"]
NODES = [name for name in SERVICES if name.startswith("cassandra")]


def test_the_applications_settings_are_settings_and_name_the_nodes() -> None:
    given = SERVICES["app"]["environment"]
    assert set(given) <= {variable(row.name) for row in rows()}
    assert list(Address.from_url(given["DIGITPAD_STORE"]).hosts) == NODES
    assert given["DIGITPAD_REPLICATION"].endswith(f":{len(NODES)}")
    assert given["DIGITPAD_ACK"] == "store"  # it has no volume


def test_each_node_has_a_machine_a_rack_and_a_disk_of_its_own() -> None:
    nodes = [SERVICES[name] for name in NODES]
    assert len({str(node["deploy"]["placement"]) for node in nodes}) == len(NODES)
    assert len({node["environment"]["CASSANDRA_RACK"] for node in nodes}) == len(NODES)
    assert {node["volumes"][0].partition(":")[0] for node in nodes} <= set(STACK["volumes"])


def test_only_the_first_node_may_begin_a_cluster() -> None:
    seeds = {name: SERVICES[name]["environment"]["CASSANDRA_SEEDS"].split(",") for name in NODES}
    assert [name for name in NODES if name in seeds[name]] == NODES[:1]


def test_a_new_replica_answers_before_an_old_one_goes() -> None:
    assert SERVICES["app"]["deploy"]["update_config"]["order"] == "start-first"
    assert SERVICES["app"]["deploy"]["replicas"] >= 2
