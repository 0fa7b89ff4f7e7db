"""The manifests, held to Kubernetes' own schemas and to the image. Validated, not run: no cluster is at hand."""

from __future__ import annotations

import re
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
    given = {each["name"]: each["value"] for each in app["env"]}
    assert set(given) <= {variable(row.name) for row in rows()}
    nodes = next(each for each in PODS if each["kind"] == "StatefulSet")["spec"]["replicas"]
    assert re.findall(r"cassandra-(\d)\.cassandra", given["DIGITPAD_STORE"]) == [str(n) for n in range(nodes)]
    assert given["DIGITPAD_ACK"] == "store"
