"""`digitpad records`, as a person types it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import socket
import stat
import time
from base64 import b64decode
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from click.testing import CliRunner, Result

from digitpad import Ink, Recognizer, idx
from digitpad.cli import digitpad, half_blocks
from digitpad.errors import DigitpadError, StoreUnavailable
from digitpad.forms import to_form
from digitpad.records import Record, export, open_store, timeuuid
from digitpad.render import to_png
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes
from tests.handwriting import DIGITS
from tests.records.records import NOON, VISITOR, id_at, record
from tests.test_canonical import drawn
from tests.test_photograph import cut_out_of_stains
from tests.test_recognizer import png

SEVEN = Ink.from_strokes([[(80, 80), (200, 80), (120, 220)]]).to_json()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/records.db"


def kept(url: str, *records: Record) -> list[Record]:
    with closing(open_store(Settings(store=url))) as store:
        store.wait(30)
        store.add(records)
        return list(store.scan())


def run(url: str, *arguments: object, typed: str | bytes | None = None) -> Result:
    return CliRunner(catch_exceptions=False).invoke(
        digitpad, ["records", "--store", url, *map(str, arguments)], input=typed
    )


def test_init_makes_the_file(url: str, tmp_path: Path) -> None:
    result = run(url, "init")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == f"SQLite, {tmp_path}/records.db: ready\n"
    assert (tmp_path / "records.db").exists()


def test_list_is_a_table_newest_first(url: str) -> None:
    old, new = record(id=id_at(NOON), digit=7, label=1, labelled_at=NOON), record(digit=None, confidence=0.5)
    kept(url, old, new)
    lines = run(url, "list").stdout.splitlines()
    assert lines[0].split() == ["recorded", "at", "digit", "confidence", "label", "id", "visitor"]
    assert lines[1].split()[2:] == ["?", "50.0%", str(new.id), str(VISITOR)]
    assert lines[2].split() == ["2026-03-14", "12:00:00.000", "7", "98.8%", "1", str(old.id), str(VISITOR)]


def test_list_pages_and_picks(url: str) -> None:
    mine = uuid4()
    records = kept(
        url,
        *(
            record(id=id_at(NOON + timedelta(seconds=n)), visitor=mine if n % 2 else VISITOR)
            for n in range(1_200)
        ),
    )
    newest = [str(each.id) for each in reversed(records)]

    def listed(*options: str) -> list[str]:
        return [json.loads(line)["id"] for line in run(url, "list", "--json", *options).stdout.splitlines()]

    assert listed() == newest[:20]
    assert listed("--limit", "1100") == newest[:1_100]
    assert listed("--before", newest[9], "--limit", "3") == newest[10:13]
    assert listed("--visitor", str(mine), "--limit", "2") == [newest[0], newest[2]]


def test_show_draws_the_picture_and_writes_it(url: str, tmp_path: Path) -> None:
    seven = record(digit=7, drawing=SEVEN)
    kept(url, seven)
    result = run(url, "show", seven.id, "--png", tmp_path / "seven.png")
    assert result.exit_code == 0, result.stderr
    assert "digit         7" in result.stdout
    assert "7: 91.0%" in result.stdout
    assert "█" in result.stdout
    assert (tmp_path / "seven.png").read_bytes() == to_png("ink", SEVEN)
    as_json = json.loads(run(url, "show", seven.id, "--json").stdout)
    assert as_json["drawing"] == json.loads(SEVEN)
    assert as_json["visitor"] == str(VISITOR)


def test_the_picture_in_the_terminal_shows_ink_of_either_polarity(url: str) -> None:
    dark, light = (
        record(source="picture", drawing=png(grey)) for grey in (drawn(DIGITS[0]), 255 - drawn(DIGITS[0]))
    )
    kept(url, dark, light)
    shown = [run(url, "show", each.id).stdout.partition("\n\n")[2] for each in (dark, light)]
    assert shown[0].strip()
    assert np.mean([one == other for one, other in zip(*shown, strict=False)]) > 0.95


@pytest.mark.parametrize(
    ("height", "width", "lines", "columns"),
    [(560, 1, 48, 1), (560, 140, 48, 24), (280, 280, 24, 48), (2, 560, 1, 48), (100, 50, 48, 48)],
)
def test_a_picture_of_any_shape_fits_a_terminal(height: int, width: int, lines: int, columns: int) -> None:
    grey = np.full((height, width), 255, np.uint8)
    down, along = -(-height // 4), -(-width // 4)
    grey[:down, :along] = grey[-down:, -along:] = 0  # ink in two corners
    drawn = half_blocks.draw(png(grey)).splitlines()
    assert (len(drawn), max(map(len, drawn))) == (lines, columns)


def test_a_picture_that_is_none_is_said_and_kept_out_of_idx(url: str, tmp_path: Path) -> None:
    """An earlier version's import could bring one in."""
    bad, good = record(digit=3, source="picture", drawing=b"not a picture"), record(digit=7, drawing=SEVEN)
    kept(url, bad, good)
    said = rf"^the drawing of record {bad.id} cannot be read: not a picture we read: expected a PNG or JPEG$"
    for more in ([], ["--png", tmp_path / "bad.png"]):
        with pytest.raises(DigitpadError, match=said):
            run(url, "show", bad.id, *more)
    assert not (tmp_path / "bad.png").exists()
    assert json.loads(run(url, "show", bad.id, "--json").stdout)["drawing"]
    result = run(url, "export", "--format", "idx", "--output", tmp_path / "mine")
    assert result.stderr.startswith("1 records in ")
    assert idx.read(tmp_path / "mine-labels-idx1-ubyte").tolist() == [7]


def test_what_is_not_there(url: str) -> None:
    unknown = timeuuid.new()
    for command in (["show", unknown], ["list"], ["count"], ["export"]):
        with pytest.raises(DigitpadError, match=r"records\.db: no such file; `digitpad serve`"):
            run(url, *command)
    assert run(url, "init").exit_code == 0
    assert run(url, "list").exit_code == 0
    with pytest.raises(DigitpadError, match=f"no record {unknown} in SQLite"):
        run(url, "show", unknown)
    assert run(url, "show", uuid4()).exit_code == 2
    assert run(url, "list", "--before", "yesterday").exit_code == 2


def test_count_by_day_and_digit(url: str) -> None:
    kept(
        url,
        *(record(id=id_at(NOON), digit=digit) for digit in (3, 3, None)),
        record(id=id_at(NOON - timedelta(days=1)), digit=9),
    )
    lines = [line.split() for line in run(url, "count").stdout.splitlines()]
    assert lines[1] == ["2026-03-14", "3", *"00020000001"]
    assert lines[2] == ["2026-03-13", "1", *"00000000010"]
    assert lines[3] == ["all", "4", *"00020000011"]
    first = json.loads(run(url, "count", "--json").stdout.splitlines()[0])
    assert (first["day"], first["total"], first["3"], first["refused"]) == ("2026-03-14", 3, 2, 1)


def test_jsonl_has_everything(url: str) -> None:
    ink, picture = record(drawing=SEVEN), record(source="picture", drawing=png(drawn(DIGITS[1])), digit=None)
    kept(url, ink, picture, record(drawing=None))
    result = run(url, "export")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[0] == {**ink.to_json(), "visitor": str(VISITOR), "drawing": json.loads(SEVEN)}
    assert picture.drawing == b64decode(lines[1]["drawing"])
    assert lines[2]["drawing"] is None
    assert result.stderr == ""


def test_csv_has_the_same(url: str, tmp_path: Path) -> None:
    records = kept(url, record(drawing=SEVEN), record(digit=None, label="not-a-digit", labelled_at=NOON))
    output = tmp_path / "out.csv"
    result = run(url, "export", "--format", "csv", "--output", output)
    assert result.stderr == f"2 records in {output}\n"
    rows = list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8"), newline="")))
    assert [row["id"] for row in rows] == [str(each.id) for each in records]
    assert json.loads(rows[0]["drawing"]) == json.loads(SEVEN)
    assert json.loads(rows[0]["probabilities"]) == list(records[0].probabilities)
    assert (rows[1]["digit"], rows[1]["label"]) == ("", "not-a-digit")


def test_idx_is_a_data_set_with_the_corrections_as_labels(url: str, tmp_path: Path) -> None:
    photograph = cut_out_of_stains(5, pen=54, darkest=120)  # the network prefers the second of its forms
    kept(
        url,
        record(digit=7, drawing=SEVEN),
        record(digit=1, drawing=SEVEN, label=7, labelled_at=NOON),
        record(digit=None, drawing=SEVEN),
        record(digit=None, drawing=SEVEN, label=7, labelled_at=NOON),
        record(digit=8, drawing=SEVEN, label="not-a-digit", labelled_at=NOON),
        record(digit=3, source="picture", drawing=png(drawn(DIGITS[3]))),
        record(digit=5, source="picture", drawing=png(photograph)),
    )
    assert run(url, "export", "--format", "idx", "--output", tmp_path / "mine").exit_code == 0
    images = idx.read(tmp_path / "mine-images-idx3-ubyte")
    labels = idx.read(tmp_path / "mine-labels-idx1-ubyte")
    assert images.shape == (5, 28, 28)
    assert labels.tolist() == [7, 7, 7, 3, 5]
    read = Recognizer.load().predict(photograph).canonical
    assert (images[4] == np.rint(read * 255)).all()
    assert (read != to_form(photograph)).any()
    assert images.max() == 255
    assert sorted(path.name for path in tmp_path.glob("*mine*")) == [
        "mine-images-idx3-ubyte",
        "mine-labels-idx1-ubyte",
    ]


def test_two_exports_to_one_file_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with export.finished(path) as first, export.finished(path) as second:
        with first.open("w") as one, second.open("w") as other:
            one.write("A" * 10_000)
            other.write("B" * 100)
        assert not path.exists()
    assert path.read_text() in {"A" * 10_000, "B" * 100}
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("before")
    with pytest.raises(StoreUnavailable), export.finished(path) as unfinished:
        unfinished.write_text("half")
        raise StoreUnavailable("away")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_into_a_pipe_leaves_the_pipe(url: str, tmp_path: Path) -> None:
    """So does /dev/null, which root could replace by a file."""
    seven = record(digit=7, drawing=SEVEN)
    kept(url, seven)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR)  # held open, so that neither end waits for the other
    try:
        assert run(url, "export", "--output", pipe).exit_code == 0
        assert pipe.is_fifo()
        assert json.loads(os.read(end, 100_000))["id"] == str(seven.id)
    finally:
        os.close(end)
    assert list(tmp_path.glob(".*")) == []


def test_an_export_has_the_permissions_of_any_new_file(url: str, tmp_path: Path) -> None:
    assert run(url, "init").exit_code == 0
    for mask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
        before = os.umask(mask)
        try:
            assert run(url, "export", "--output", tmp_path / "out.jsonl").exit_code == 0
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "out.jsonl").stat().st_mode) == mode


def test_idx_needs_a_name_and_a_folder(url: str, tmp_path: Path) -> None:
    assert run(url, "init").exit_code == 0
    assert run(url, "export", "--format", "idx").exit_code == 2
    with pytest.raises(DigitpadError, match="No such file"):
        run(url, "export", "--output", tmp_path / "nowhere" / "out.jsonl")


def test_an_empty_name_is_no_file(url: str) -> None:  # as in --output "$UNSET"
    seven = record(digit=7, drawing=SEVEN)
    kept(url, seven)
    assert run(url, "export", "--format", "idx", "--output", "").exit_code == 2
    for command in (("export", "--output", ""), ("show", seven.id, "--png", "")):
        with pytest.raises(DigitpadError, match="Is a directory"):
            run(url, *command)


@pytest.mark.cassandra
def test_it_reads_cassandra_as_well(cassandra: Nodes) -> None:
    url = cassandra.url("cli")
    assert run(url, "init").stderr.endswith("keyspace cli: ready\n")
    seven = record(digit=7, drawing=SEVEN)
    kept(url, seven)
    assert str(seven.id) in run(url, "list").stdout
    assert "█" in run(url, "show", seven.id).stdout
    assert json.loads(run(url, "export").stdout)["id"] == str(seven.id)
    assert json.loads(run(url, "count", "--json").stdout)["7"] == 1


def test_it_gives_up_waiting_for_cassandra_with_one_sentence() -> None:
    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"Cassandra at 127\.0\.0\.1:1 cannot be reached just now"):
        run("cassandra://127.0.0.1:1/mnist_key", "count")
    assert time.monotonic() - started < 25


@pytest.mark.parametrize("nobody", ["refuses", "is silent"])
def test_list_says_soon_that_cassandra_is_away_and_shows_what_is_here(
    nobody: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITPAD_OUTBOX", str(tmp_path / "outbox.db"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if nobody == "is silent":
            listening.listen()
        url = f"cassandra://127.0.0.1:{listening.getsockname()[1]}/mnist_key"
        waiting = record()
        with closing(open_store(Settings(store=url, outbox=str(tmp_path / "outbox.db")))) as store:
            store.add([waiting])
        listing = run(url, "list", "--json")
        shown = run(url, "show", waiting.id)
    assert listing.exit_code == 1
    assert [json.loads(line)["id"] for line in listing.stdout.splitlines()] == [str(waiting.id)]
    # To be silent is to be out of reach, once the first try is given up, half a second after the command has asked.
    why = "cannot be reached just now" + ("|has not answered yet" if nobody == "is silent" else "")
    assert re.search(why, listing.stderr)
    assert listing.stderr.endswith("; shown is only what waits on this host\n")
    assert shown.exit_code == 0
    assert str(waiting.id) in shown.stdout
