"""Volumes of an older digitpad under the present image: its SQLite file, its keyspace, its outbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker.engine import Engine
from tests.docker.pair import APPLICATION, CASSANDRA, NETWORK, URL, Pair, started
from tests.records import older
from tests.records.older import FILES, KEPT
from tests.server import wait_until

pytestmark = pytest.mark.docker

STORE = "Cassandra, mnist_cassandra:9042, keyspace mnist_key"  # the store that the outbox names
KEYSPACE = (
    "CREATE KEYSPACE mnist_key WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
    "USE mnist_key;"
)


@contextmanager
def volume(engine: Engine, name: str, file: Path) -> Iterator[None]:
    """A volume with a file, as an older container left it."""
    try:
        engine.run(
            f"docker run --rm --user 0 -v {name}:/data -v {file.parent}:/older:ro --entrypoint sh mnist:latest "
            f"-c 'cp /older/{file.name} /data/ && chown digitpad:digitpad /data/{file.name}'"
        )
        yield
    finally:
        engine.succeeds(f"docker volume rm {name}")


def shown(engine: Engine, container: str) -> list[str]:
    """The ids that are listed, oldest first."""
    listed = engine.run(f"docker exec {container} digitpad records list --json").splitlines()
    return [json.loads(line)["id"] for line in reversed(listed)]


@pytest.mark.parametrize("number", older.versions("version-*.sql"))
def test_an_older_sqlite_file_is_served(number: int, engine: Engine, image: str, tmp_path: Path) -> None:
    file = older.file_of(f"version-{number}.sql", tmp_path / "records.db")
    run = "docker run --name sqlite_app -d -p 8000:5000 -v sqlite_app:/data -e DIGITPAD_STORE=sqlite:////data/records.db"
    with volume(engine, "sqlite_app", file):
        try:
            engine.run(f"{run} {image}")
            wait_until(
                lambda: engine.request("GET", f"{URL}/readyz")[0] == 200, lambda: engine.logs("sqlite_app")
            )
            assert shown(engine, "sqlite_app") == [str(each.id) for each in KEPT]
        finally:
            engine.succeeds("docker rm -f -v sqlite_app")


def test_an_older_keyspace_is_used_and_what_waited_for_it_arrives(
    engine: Engine, image: str, tmp_path: Path
) -> None:
    """The outbox holds the same records as the keyspace: sent again, each is still there once."""
    number = older.versions("version-*.cql")[-1]
    outbox = older.file_of(f"outbox-{older.versions('outbox-*.sql')[-1]}.sql", tmp_path / "outbox.db", STORE)
    script = KEYSPACE + (FILES / f"version-{number}.cql").read_text()
    on_volume = APPLICATION.replace("-d ", "-v digitpad_alone:/data -d ")
    with volume(engine, "digitpad_alone", outbox), started(engine, NETWORK, CASSANDRA):
        pair = Pair(engine)
        wait_until(pair.answers, lambda: engine.logs("mnist_cassandra"), seconds=300)
        engine.run("docker exec -i mnist_cassandra cqlsh", stdin=script.encode())
        assert sorted(pair.in_cassandra()) == sorted(str(each.id) for each in KEPT)
        try:
            engine.run(on_volume)
            wait_until(lambda: pair.reasons() == [], lambda: engine.logs("mn_app"), seconds=240)
            pair.made += [str(each.id) for each in KEPT]
            pair.draw()
            pair.arrival()
            assert shown(engine, "mn_app") == pair.made
        finally:
            engine.succeeds("docker rm -f mn_app")
