"""The manifests match Kubernetes' own schemas and the image. Validated, not run: no cluster is available."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from digitpad.settings import rows, variable

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
OBJECTS: list[dict[str, Any]] = [
    each for name in KUSTOMIZATION["resources"] for each in yaml.safe_load_all((FOLDER / name).read_text())
]
VERSIONS = ("1.29", "1.33", "1.36")
PODS = [each for each in OBJECTS if "template" in each.get("spec", {})]


def test_no_manifest_is_left_out() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {
        *KUSTOMIZATION["resources"],
        "kustomization.yaml",
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("thing", OBJECTS, ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_kubernetes_knows_each_field(thing: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(thing, version, strict=True)


@pytest.mark.parametrize("thing", PODS, ids=lambda each: each["metadata"]["name"])
def test_each_pod_is_confined_watched_and_spared(thing: dict[str, Any]) -> None:
    pod = thing["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    labels = thing["spec"]["template"]["metadata"]["labels"]
    assert any(
        each["kind"] == "PodDisruptionBudget" and each["spec"]["selector"]["matchLabels"] == labels
        for each in OBJECTS
    )


def test_the_applications_settings_are_settings_and_name_the_nodes() -> None:
    (app,) = next(each for each in PODS if each["kind"] == "Deployment")["spec"]["template"]["spec"][
        "containers"
    ]
    given = {each["name"]: each.get("value", "") for each in app["env"]}
    assert set(given) <= {variable(row.name) for row in rows()}
    nodes = next(each for each in PODS if each["kind"] == "StatefulSet")["spec"]["replicas"]
    assert re.findall(r"cassandra-(\d)\.cassandra", given["DIGITPAD_STORE"]) == [str(n) for n in range(nodes)]
    assert given["DIGITPAD_ACK"] == "store"
    assert given["DIGITPAD_METRICS"] != "open"  # the Ingress shows every path


def test_kubectl_puts_them_together() -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl on this machine (Debian 12's kubernetes-client does not know our `labels`)")
    command = ["kubectl", "kustomize", str(FOLDER)]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    built = list(yaml.safe_load_all(made))
    assert {each["kind"] for each in built} == {each["kind"] for each in OBJECTS}
    for each in built:
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "mnist"
        kubernetes_validate.validate(each, VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    ("node", "seeds"),
    [
        ("cassandra-0", "cassandra-0.cassandra"),
        ("cassandra-1", "cassandra-0.cassandra,cassandra-2.cassandra"),
        ("cassandra-2", "cassandra-0.cassandra,cassandra-1.cassandra"),
        ("cassandra-3", "cassandra-0.cassandra,cassandra-1.cassandra,cassandra-2.cassandra"),
    ],
)
def test_only_the_first_node_may_begin_a_cluster(node: str, seeds: str, tmp_path: Path) -> None:
    entry = tmp_path / "docker-entrypoint.sh"
    entry.write_text('#!/bin/sh\necho "$CASSANDRA_SEEDS" "$@"\n')
    entry.chmod(0o755)
    pods = {each["kind"]: each["spec"]["template"]["spec"] for each in PODS}
    (container,) = pods["StatefulSet"]["containers"]
    done = subprocess.run(
        [*container["command"], *container["args"]],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOSTNAME": node},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{seeds} cassandra -f\n"
