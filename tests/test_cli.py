"""The command line, as a person types it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digitpad import Ink, __version__
from digitpad.cli import COMMANDS
from digitpad.cli.predict import BATCH
from digitpad.records.sqlite.store import SQLiteStore
from tests.handwriting import DIGITS
from tests.server import Server, free_port, wait_until
from tests.test_canonical import drawn
from tests.test_recognizer import png


def digitpad(
    *arguments: str | Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "digitpad", *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, timeout=60, check=False, env={**os.environ, **environment}
    )


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    for digit, ways in DIGITS.items():
        (tmp_path / f"{digit}.png").write_bytes(png(drawn(ways)))
    return sorted(tmp_path.glob("*.png"))


def test_help_names_every_command() -> None:
    result = digitpad("--help")
    assert result.returncode == 0
    for command in COMMANDS:
        assert command in result.stdout.decode()
        assert digitpad(command, "--help").returncode == 0


def test_the_version() -> None:
    assert __version__ in digitpad("--version").stdout.decode()


def test_wrong_usage_is_status_two() -> None:
    for arguments in (["nonsense"], ["predict"], ["serve", "--workers", "many"], ["train", "--epochs", "0"]):
        result = digitpad(*arguments)
        assert result.returncode == 2
        assert result.stdout == b""


def test_output_that_finds_no_room_is_said_in_a_line(pictures: list[Path], tmp_path: Path) -> None:
    records = ["records", "--store", f"sqlite:///{tmp_path}/a.db"]
    assert digitpad(*records, "init").returncode == 0
    for arguments in (["predict", pictures[0]], [*records, "list"]):
        command = [sys.executable, "-m", "digitpad", *map(str, arguments)]
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        assert result.returncode == 1
        assert result.stderr.decode() == "digitpad: No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("predict -", "digitpad: -: standard input is closed\n"),
        ("records import -", "digitpad: standard input is closed\n"),
        ("token --hash", "digitpad: standard input is closed\n"),
    ],
)
def test_standard_input_that_is_closed_is_said_in_a_line(arguments: str, said: str) -> None:
    result = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m digitpad {arguments} <&-"], capture_output=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.decode() == said


def test_predict_reads_pictures(pictures: list[Path]) -> None:
    result = digitpad("predict", *pictures)
    assert result.returncode == 0, result.stderr
    assert [line.split()[0] for line in result.stdout.decode().splitlines()] == list("0123456789")


def test_predict_reads_many_by_several_processes_in_their_order(pictures: list[Path], tmp_path: Path) -> None:
    many = pictures * (2 * BATCH * (os.cpu_count() or 1) // len(pictures) + 1)
    result = digitpad("predict", *many, tmp_path / "missing.png")
    digits = [line.split()[0] for line in result.stdout.decode().splitlines()]
    assert digits == list("0123456789") * (len(many) // 10)
    assert result.returncode == 1
    assert b"missing.png: No such file" in result.stderr
    assert digitpad("predict", "--model", tmp_path, *many).stderr.count(b"\n") == 1


def test_predict_speaks_json_and_reads_ink_from_standard_input() -> None:
    result = digitpad("predict", "--json", "-", stdin=Ink.from_strokes(DIGITS[3]).to_json())
    answer = json.loads(result.stdout)
    assert answer["digit"] == 3
    assert set(answer) == {"file", "digit", "confidence", "p_digit", "probabilities"}


def test_predict_reads_ink_that_an_editor_on_windows_saved() -> None:
    saved = b"\xef\xbb\xbf" + Ink.from_strokes(DIGITS[3]).to_json() + b"\r\n"
    assert digitpad("predict", "-", stdin=saved).stdout[:1] == b"3"


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_predict_names_a_file_whose_name_is_no_text(pictures: list[Path], tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")
    pictures[5].rename(odd)
    answer = json.loads(digitpad("predict", "--json", odd).stdout)
    assert answer["file"] == odd
    assert answer["digit"] == 5
    for encoding in ("utf-8:surrogateescape", "utf-8:strict"):  # as in the locale C, and in most others
        assert os.fsencode(odd) in digitpad("predict", odd, PYTHONIOENCODING=encoding).stdout


def test_a_terminal_that_lacks_a_character_ends_no_command(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'records.db'}"
    result = digitpad("doctor", DIGITPAD_STORE=store, PYTHONIOENCODING="latin-1:strict")
    assert b"Traceback" not in result.stderr
    assert rb"the extra \u201ctrain\u201d" in result.stdout


def test_predict_reads_the_others_where_one_is_bad(pictures: list[Path], tmp_path: Path) -> None:
    bad, blank = tmp_path / "bad.png", tmp_path / "blank.png"
    bad.write_bytes(b"no picture")
    blank.write_bytes(png(drawn([])))
    result = digitpad("predict", bad, pictures[4], tmp_path / "missing.png", blank)
    assert result.returncode == 1
    assert [line.split()[0] for line in result.stdout.decode().splitlines()] == ["4", "?"]
    errors = result.stderr.decode().splitlines()
    assert len(errors) == 2
    assert any("bad.png: not a picture we read" in line for line in errors)
    assert any("missing.png: No such file" in line for line in errors)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--store", "mysql://x"], "neither sqlite"),
        (["--store", "cassandra://"], "cassandra://host"),
        (["--model", "/nowhere"], "model-card.json"),
        (["--port", "99999"], "between 0 and 65535"),
        (["--store", f"sqlite:///{__file__}"], "test_cli.py"),
        (["--store", "cassandra://h", "--cassandra-tls", "on", "--cassandra-ca", "/no.pem"], "CASSANDRA_CA"),
        (["--state", "/proc/state"], "set DIGITPAD_STATE to a folder"),
        (["--host", "192.0.2.1"], "choose another --host"),
        (["--host", "no.such.invalid"], "choose another --host"),
        (["--host", "a..b"], "cannot listen on a..b:"),
        (["--host", "fe80::1%lo"], "cannot listen on [fe80::1%lo]:"),
        (["--cors-origins", "https://a.example,https://b.example/"], "not “https://b.example/”"),
        (["--cors-origins", "https://A.example"], "not “https://A.example”"),
        (["--cors-origins", "a.example"], "not “a.example”"),
    ],
)
def test_serve_says_in_one_line_what_is_wrong(options: list[str], says: str) -> None:
    result = digitpad("serve", "--port", str(free_port()), *options)
    assert result.returncode == 1
    (line,) = result.stderr.decode().splitlines()
    assert says in line
    assert line.startswith("digitpad: ")


def test_a_reload_that_comes_before_the_server_ends_nothing(tmp_path: Path) -> None:
    """It is told while it reads the model's card, which is a pipe here."""
    card = tmp_path / "model-card.json"
    os.mkfifo(card)
    command = [sys.executable, "-m", "digitpad", "serve", "--port", "0", "--model", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        with card.open("w") as pipe:  # opens once the other end does
            process.send_signal(signal.SIGHUP)
            pipe.write("no card")
        assert process.stderr is not None
        assert b"not a model card" in process.stderr.read()
    assert process.returncode == 1


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[str]:
    """The address that a server tells people to open."""
    command = [
        sys.executable,
        "-m",
        "digitpad",
        "serve",
        "--store",
        f"sqlite:///{folder}/records.db",
        *options,
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stderr=log, env={**os.environ, "DIGITPAD_STATE": str(folder / "state")}
        )

    def said() -> str:
        lines = (folder / "log").read_text().splitlines()
        assert process.poll() is None, lines
        return lines[0].removeprefix("digitpad: open ") if lines else ""

    try:
        yield wait_until(said)
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize(
    ("options", "address"),
    [
        (["--host", "localhost"], "http://localhost:{port}/"),
        (["--host", ""], "http://127.0.0.1:{port}/"),
        (["--host", "", "--workers", "", "--ack", ""], "http://127.0.0.1:{port}/"),
        (["--host", "0.0.0.0"], "http://127.0.0.1:{port}/"),
        (["--host", "::1"], "http://[::1]:{port}/"),
    ],
)
def test_serve_listens_where_it_says(options: list[str], address: str, tmp_path: Path) -> None:
    if "::1" in options and not has_ipv6():
        pytest.skip("no IPv6 on this machine")
    port = free_port()
    with serving(tmp_path, "--port", str(port), *options) as said:
        assert said == address.format(port=port)
        wait_until(lambda: answers(said))


def test_any_free_port_is_one_for_all_workers_and_is_said(tmp_path: Path) -> None:
    with serving(tmp_path, "--port", "0") as said:
        assert not said.endswith(":0/")
        wait_until(lambda: answers(said))


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}healthz", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_port_in_use_is_said(server: Server) -> None:
    result = digitpad("serve", "--port", str(server.port), "--store", server.store)
    assert result.returncode == 1
    assert "choose another --port" in result.stderr.decode()


def test_debug_shows_the_trace() -> None:
    assert "Traceback" in digitpad("--debug", "serve", "--store", "mysql://x").stderr.decode()


def test_a_setting_comes_from_the_environment_and_an_option_wins(tmp_path: Path) -> None:
    result = digitpad("serve", DIGITPAD_STORE="mysql://x")
    assert "mysql://x" in result.stderr.decode()
    result = digitpad("serve", "--store", "oracle://x", DIGITPAD_STORE="mysql://x")
    assert "oracle://x" in result.stderr.decode()


def test_doctor_names_every_setting_and_its_source(tmp_path: Path) -> None:
    result = digitpad(
        "doctor", DIGITPAD_STORE=f"sqlite:///{tmp_path / 'r.db'}", DIGITPAD_OPERATOR_TOKEN="secret words"
    )
    text = result.stdout.decode()
    assert result.returncode == 0, text
    assert f"sqlite:///{tmp_path / 'r.db'}  (environment" in text
    assert "DIGITPAD_PORT" in text
    assert "secret words" not in text
    assert "takes records" in text


def test_doctor_fails_where_something_is_wrong(tmp_path: Path) -> None:
    result = digitpad("doctor", DIGITPAD_STORE=f"sqlite:///{__file__}")
    assert result.returncode == 1
    assert "WRONG  store" in result.stdout.decode()


def test_predict_leaves_no_record(pictures: list[Path], tmp_path: Path) -> None:
    store = tmp_path / "records.db"
    digitpad("predict", pictures[0], DIGITPAD_STORE=f"sqlite:///{store}")
    assert not store.exists()


def test_records_shows_what_a_server_recorded(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        made = server.request("POST", "/api/v1/predictions", {"ink": {"strokes": DIGITS[8]}}).json()
        listed = digitpad("records", "--store", server.store, "list")
        assert made["id"] in listed.stdout.decode()
        assert made["recorded_at"][:10] in listed.stdout.decode()
        exported = digitpad("records", "--store", server.store, "export", "--format", "jsonl")
        (row,) = map(json.loads, exported.stdout.decode().splitlines())
        assert row["id"] == made["id"]
        assert row["digit"] == 8
        assert row["recorded_at"] == made["recorded_at"]
        store = SQLiteStore.from_url(server.store)
        try:
            assert [str(record.id) for record in store.scan()] == [made["id"]]
        finally:
            store.close()
