"""No acknowledged record is lost, whatever happens to the server, its disk, its clock and Cassandra.

A short run of each store and of three nodes. `scripts/soak` runs for any length of time, with every fault.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cassandra.fixtures import require_cassandra
from tests.faults.faults import FAULTS, OfCassandra, OfSomeNodes
from tests.faults.report import to_markdown
from tests.faults.runner import ENOUGH, Report, Run
from tests.faults.scenes import Ack, on_cassandra, on_sqlite

pytestmark = pytest.mark.faults


def proven(report: Report) -> None:
    """Assert that nothing went wrong, and that something could have."""
    print(to_markdown(report, "A run of faults"))
    assert not report.violations, to_markdown(report, "What was promised and not kept")
    assert report.found > ENOUGH


@pytest.mark.usefixtures("means")
def test_sqlite_keeps_every_record(tmp_path: Path, seed: int) -> None:
    with on_sqlite(tmp_path) as (scene, store):
        kinds = [kind for kind in FAULTS if kind.possible(scene)]
        proven(Run(scene, kinds, seed=seed, store=store)())


@pytest.mark.cassandra
def test_three_nodes_keep_every_record(tmp_path: Path, seed: int) -> None:
    require_cassandra()
    with on_cassandra(tmp_path, count=3, sync="batch", ack="local") as (scene, store):
        kinds = [kind for kind in FAULTS if issubclass(kind, OfSomeNodes)]
        proven(Run(scene, kinds, seed=seed, store=store)())


@pytest.mark.cassandra
def test_one_of_three_nodes_may_go_without_an_outbox(tmp_path: Path, seed: int) -> None:
    """Two of three replicas are a majority: every prediction is recorded, even without an outbox."""
    require_cassandra()
    with on_cassandra(tmp_path, count=3, sync="batch", ack="store") as (scene, store):
        kinds = [kind for kind in FAULTS if issubclass(kind, OfSomeNodes) and kind.count == 1]
        proven(Run(scene, kinds, seed=seed, store=store)())


@pytest.mark.cassandra
@pytest.mark.parametrize("ack", ["local", "store"])
def test_cassandra_keeps_every_record(tmp_path: Path, seed: int, ack: Ack) -> None:
    require_cassandra()
    with on_cassandra(tmp_path, count=1, sync="batch", ack=ack) as (scene, store):
        kinds = [kind for kind in FAULTS if issubclass(kind, OfCassandra)]
        proven(Run(scene, kinds, seed=seed, store=store, promises=ack == "local")())
