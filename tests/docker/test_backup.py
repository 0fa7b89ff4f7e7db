"""Backups from running containers, and the way back into empty ones: docs/deploy.md's commands."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.docker.engine import Engine
from tests.docker.ink import SEVEN
from tests.docker.pair import APPLICATION, CASSANDRA, NETWORK, URL, Pair, started
from tests.server import wait_until

pytestmark = pytest.mark.docker

SNAPSHOT = "docker exec --user cassandra mnist_cassandra nodetool snapshot --tag evening mnist_key"
INTO_A_FILE = (
    "docker exec mnist_cassandra sh -c "
    "'cd /var/lib/cassandra/data && tar -c mnist_key/*/snapshots/evening' > {file}"
)
OUT_OF_A_FILE = (
    "docker exec -i --user cassandra mnist_cassandra "
    "tar -x --exclude 'features_*' -C /var/lib/cassandra < {file}"
)
IMPORT = (
    "docker exec --user cassandra mnist_cassandra sh -c 'cd /var/lib/cassandra/mnist_key && for table in *; do "
    'nodetool import mnist_key "${table%%-*}" "$PWD/$table/snapshots/evening" || exit; done\''
)


def shell(engine: Engine, command: str, **names: object) -> str:
    for name, value in names.items():
        command = command.replace(f"{{{name}}}", str(value))
    return engine.run(["sh", "-c", command])


def both_ready(engine: Engine) -> Pair:
    pair = Pair(engine)
    wait_until(lambda: pair.reasons() == [], lambda: engine.logs("mn_app"), seconds=240)
    return pair


# This one comes first: it needs the port that the fixtures below occupy.
def test_sqlite_is_backed_up_while_it_is_written(engine: Engine, image: str) -> None:
    run = "docker run --name sqlite_app -d -p 8000:5000 -v sqlite_app:/data -e DIGITPAD_STORE=sqlite:////data/{} {}"
    try:
        engine.run(run.format("records.db", image))
        wait_until(lambda: engine.request("GET", f"{URL}/readyz")[0] == 200)
        made = json.loads(engine.request("POST", f"{URL}/api/v1/predictions", SEVEN)[1])["id"]
        engine.run("docker exec sqlite_app digitpad records backup /data/evening.db")
        engine.run("docker rm -f sqlite_app")
        engine.run(run.format("evening.db", image))
        listed = wait_until(lambda: engine.run("docker exec sqlite_app digitpad records list --json"))
        assert json.loads(listed)["id"] == made
    finally:
        engine.succeeds("docker rm -f -v sqlite_app")
        engine.succeeds("docker volume rm sqlite_app")


@pytest.fixture(scope="module")
def recorded(
    engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[str], str, str]]:
    """Ids, a file with a snapshot of them, and one with an export. Their containers are gone."""
    folder = tmp_path_factory.mktemp("backup")
    snapshot, export = str(folder / "evening.tar"), str(folder / "evening.jsonl")
    with started(engine, NETWORK, CASSANDRA, APPLICATION):
        pair = both_ready(engine)
        for _ in range(3):
            pair.draw()
        pair.arrival()
        shell(engine, SNAPSHOT)
        shell(engine, INTO_A_FILE, file=snapshot)
        shell(engine, "docker exec mn_app digitpad records export > {file}", file=export)
    yield pair.made, snapshot, export


@pytest.fixture(scope="module")
def empty(engine: Engine, recorded: object) -> Iterator[Pair]:
    """Two new containers without records."""
    with started(engine, NETWORK, CASSANDRA, APPLICATION):
        pair = both_ready(engine)
        assert pair.in_cassandra() == []
        yield pair


def shown(pair: Pair) -> list[str]:
    """The records that the application lists."""
    listed = pair.engine.run("docker exec mn_app digitpad records list --json")
    return sorted(json.loads(line)["id"] for line in listed.splitlines())


def test_a_snapshot_brings_everything_back(empty: Pair, recorded: tuple[list[str], str, str]) -> None:
    made, snapshot, _ = recorded
    shell(empty.engine, OUT_OF_A_FILE, file=snapshot)
    shell(empty.engine, IMPORT)
    assert shown(empty) == sorted(made)
    empty.engine.run("docker exec mn_app digitpad records index")
    alike = empty.engine.run(f"docker exec mn_app digitpad records similar {made[-1]} --json")
    assert len(alike.splitlines()) == len(made) - 1
    counted = empty.engine.run("docker exec mn_app digitpad records count")
    assert "3" in counted


def test_so_does_an_export(empty: Pair, recorded: tuple[list[str], str, str]) -> None:
    made, _, export = recorded
    empty.engine.run(["docker", "exec", "mnist_cassandra", "cqlsh", "-e", "DROP KEYSPACE mnist_key"])
    exists = "docker exec mnist_cassandra cqlsh -e 'SELECT version FROM mnist_key.schema_version'"
    wait_until(lambda: empty.engine.succeeds(exists) and empty.reasons() == [], empty.reasons, seconds=60)
    assert shown(empty) == []
    shell(empty.engine, "docker exec -i mn_app digitpad records import - < {file}", file=export)
    assert shown(empty) == sorted(made)
