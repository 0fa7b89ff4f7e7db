"""`digitpad doctor` finds what is wrong and says what to do."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digitpad.cli import checks
from digitpad.errors import StoreError
from digitpad.model_card import PACKAGED_MODEL
from digitpad.records.sqlite.store import SQLiteStore
from digitpad.settings import Settings
from digitpad.web.recording.idempotency import Claims
from tests.cassandra.nodes import Nodes
from tests.disk import small_disk
from tests.records.records import id_at, record
from tests.server import Server


def doctor(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The exit status, and what it says about each part."""
    done = subprocess.run(
        [sys.executable, "-m", "digitpad", "doctor", *arguments],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "DIGITPAD_STORE": f"sqlite:///{folder / 'records.db'}",
            "DIGITPAD_STATE": str(folder / "state"),
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_where_all_is_well_it_says_so(tmp_path: Path) -> None:
    status, said = doctor(tmp_path)
    assert status == 0
    assert "WRONG" not in said
    assert " 600 a minute  (default; " in said
    for part in ("environment", "model", "store", "state", "disk", "clock", "address"):
        assert f"ok     {part}: " in said


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DIGITPAD_WORKERS": "many"}, "WRONG  settings: DIGITPAD_WORKERS: expected a whole number"),
        ({"DIGITPAD_MODEL": "/nowhere"}, "WRONG  model: /nowhere: no model-card.json there"),
        ({"DIGITPAD_STORE": "sqlite:////proc/records.db"}, "WRONG  store: /proc/records.db"),
        ({"DIGITPAD_STATE": "/proc/state"}, "set DIGITPAD_STATE to a folder"),
        ({"DIGITPAD_HOST": "192.0.2.1"}, "WRONG  address: cannot listen on 192.0.2.1:8000"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    status, found = doctor(tmp_path, environment=environment)
    assert status == 1
    assert said in found


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("DIGITPAD_WORKRES", "changes nothing: DIGITPAD_WORKERS would be one"),
        ("DIGITPAD_RATELIMIT", "changes nothing: DIGITPAD_RATE_LIMIT would be one"),
        ("digitpad_store", "changes nothing: DIGITPAD_STORE would be one"),
        ("DIGITPAD_XYZ", "changes nothing; docs/settings.md has all of them"),
    ],
)
def test_a_misspelt_setting_is_named_with_the_nearest_and_harms_nothing(
    tmp_path: Path, variable: str, said: str
) -> None:
    status, found = doctor(tmp_path, "--only", "environment", environment={variable: "4"})
    assert status == 0
    assert found == f"DOUBT  environment: {variable} is no setting and {said}\n"


def test_a_model_whose_files_were_changed_is_found(tmp_path: Path) -> None:
    shutil.copytree(PACKAGED_MODEL, tmp_path / "model")
    (tmp_path / "model" / "model_mnist.onnx").write_bytes(b"")
    status, said = doctor(
        tmp_path, "--only", "model", environment={"DIGITPAD_MODEL": str(tmp_path / "model")}
    )
    assert status == 1
    assert said.startswith("WRONG  model: ")
    assert "not the file that its model card describes" in said


@pytest.mark.parametrize("damage", [slice(0, 20), slice(4096, 4200)])
def test_damaged_keys_are_found(tmp_path: Path, damage: slice) -> None:
    keys = tmp_path / "state" / "idempotency.db"
    Claims(keys).check()
    with closing(sqlite3.connect(keys)) as connection:  # out of the log, from which it would be mended
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(keys.read_bytes())
    content[damage] = bytes(len(content[damage]))
    keys.write_bytes(content)
    status, said = doctor(tmp_path, "--only", "state")
    assert status == 1
    assert said.startswith(f"WRONG  state: {keys}: ")
    assert "if need be, remove the file" in said


@pytest.mark.cassandra
def test_a_table_that_is_gone_is_named(cassandra: Nodes) -> None:
    settings = Settings(store=cassandra.url("doctored"))
    assert "takes records" in checks.store(settings)
    with cassandra.cluster() as cluster:
        cluster.connect("doctored").execute("DROP TABLE drawing_by_id")
    with pytest.raises(StoreError, match="drawing_by_id does not exist"):
        checks.store(settings)


def test_a_record_from_the_future_means_a_wrong_clock(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "records.db")
    later = datetime.now(UTC) + timedelta(days=2)
    store.add([record(id=id_at(later))])
    store.close()
    status, said = doctor(tmp_path, "--only", "clock")
    assert status == 1
    assert "in the future of this clock" in said


def test_a_disk_that_is_nearly_full_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LITTLE_DISK", 1 << 60)
    settings = Settings(store=f"sqlite:///{tmp_path / 'records.db'}", state=str(tmp_path))
    with pytest.raises(checks.Wrong, match="make room"):
        checks.disk(settings)


def test_the_outboxs_disk_is_looked_at_where_records_may_wait_there(tmp_path: Path) -> None:
    """Even if its folder does not exist yet."""
    with small_disk(tmp_path / "outbox", 10):
        environment = {
            "DIGITPAD_STORE": "cassandra://127.0.0.1:9042/mnist_key",
            "DIGITPAD_OUTBOX": str(tmp_path / "outbox" / "later" / "outbox.db"),
        }
        status, said = doctor(tmp_path, "--only", "disk", environment=environment)
        assert (status, said) == (1, f"WRONG  disk: {tmp_path}/outbox: 10 MB left; make room\n")
        status, said = doctor(
            tmp_path, "--only", "disk", environment={**environment, "DIGITPAD_ACK": "store"}
        )
        assert status == 0
        assert f"{tmp_path}/outbox" not in said


def test_a_password_that_stands_in_the_stores_address_is_not_printed(tmp_path: Path) -> None:
    status, said = doctor(tmp_path, environment={"DIGITPAD_STORE": "cassandra://me:hunter2@db1/mnist_key"})
    assert status == 1
    assert "hunter2" not in said
    assert "in DIGITPAD_CASSANDRA_USER and DIGITPAD_CASSANDRA_PASSWORD" in said


def test_a_check_that_the_system_refuses_is_wrong_and_the_others_go_on(tmp_path: Path) -> None:
    """Root may read any folder, so this uses a name that no file system takes."""
    store = f"sqlite:///{tmp_path}/{'n' * 300}/records.db"
    status, said = doctor(tmp_path, environment={"DIGITPAD_STORE": store})
    assert status == 1
    checked = {line.split(":")[0]: line for line in said.splitlines() if line.startswith(("ok ", "WRONG "))}
    assert list(checked)[-3:] == ["WRONG  disk", "ok     clock", "ok     address"]
    assert checked["WRONG  disk"].endswith("File name too long")


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("localhost", "8000", "ok     address: localhost:8000 is "),
        ("fe80::1%lo", "8000", "WRONG  address: cannot listen on [fe80::1%lo]:8000 "),
        ("", "0", "ok     address: 127.0.0.1 has free ports"),
    ],
)
def test_the_address_is_named_as_it_was_given(tmp_path: Path, host: str, port: str, said: str) -> None:
    _, found = doctor(
        tmp_path, "--only", "address", environment={"DIGITPAD_HOST": host, "DIGITPAD_PORT": port}
    )
    assert found.startswith(said)


def test_it_works_beside_the_running_server(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        status, said = doctor(tmp_path, environment={"DIGITPAD_PORT": str(server.port)})
        assert (status, "is in use: by the server itself" in said) == (0, True)
