"""Records as files: JSON lines and CSV with everything, idx as a data set of one's own handwriting.

Each writer takes the records one by one, so that even a million need only bounded memory.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from digitpad import idx
from digitpad.canonical import SIDE
from digitpad.errors import DigitpadError
from digitpad.recognizer import Recognizer
from digitpad.records.describing import sight_of
from digitpad.records.record import Record

COLUMNS: Final = (
    *("id", "digit", "confidence", "p_digit", "probabilities", "model", "recorded_at", "source"),
    *("label", "labelled_at", "visitor", "drawing"),
)


def to_json(record: Record) -> dict[str, Any]:
    """All of a record: the API's keys, its visitor, and its drawing as ink or as a PNG in base64."""
    drawing: Any = None
    if record.drawing is not None:
        drawing = json.loads(record.drawing) if record.source == "ink" else b64encode(record.drawing).decode()
    return {**record.to_json(), "visitor": str(record.visitor), "drawing": drawing}


def jsonl(records: Iterable[Record]) -> Iterator[str]:
    """One JSON object per record, each on its own line."""
    for record in records:
        yield json.dumps(to_json(record), ensure_ascii=False) + "\n"


def csv_rows(records: Iterable[Record]) -> Iterator[str]:
    """A header and one row per record; lists and ink are JSON within their cell."""
    line = io.StringIO()
    rows = csv.DictWriter(line, COLUMNS)
    rows.writeheader()
    for record in records:
        yield _taken(line)
        cells = to_json(record).items()
        rows.writerow(
            {key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in cells}
        )
    yield _taken(line)


def _taken(line: io.StringIO) -> str:
    """Return what was written into `line`, and empty it."""
    written = line.getvalue()
    line.seek(0)
    line.truncate()
    return written


def write_jsonl(records: Iterable[Record], output: IO[str]) -> int:
    """Write one JSON object per line; return how many."""
    count = 0
    for count, line in enumerate(jsonl(records), 1):  # noqa: B007
        output.write(line)
    return count


def write_csv(records: Iterable[Record], output: IO[str]) -> int:
    """Write a header and one row per record; return how many records."""
    count = 0
    for count, row in enumerate(csv_rows(records)):  # noqa: B007
        output.write(row)
    return count


def write_idx(
    records: Iterable[Record], images: IO[bytes], labels: IO[bytes], recognizer: Callable[[], Recognizer]
) -> int:
    """Write MNIST's two files, pictures as the network reads them and their labels; return how many.

    A correction takes precedence over the digit that was read. Records that are no digit by either, and drawings
    that cannot be read, are left out.
    The files must be seekable: their headers say how many follow.

    :param recognizer: the network, asked for only if there is a photograph
    """
    images.write(idx.header((0, SIDE, SIDE)))
    labels.write(idx.header((0,)))
    count = 0
    for record in records:
        label = record.digit if record.label is None else record.label
        if not isinstance(label, int) or (sight := sight_of(record)) is None:
            continue
        form = sight.form
        if sight.as_clean is not None:  # a photograph, whose form the network chooses
            (prediction,) = recognizer().predict_sights([sight])
            form = prediction.canonical
        images.write(np.rint(form * 255).astype(np.uint8).tobytes())
        labels.write(bytes([label]))
        count += 1
    for file, shape in ((images, (count, SIDE, SIDE)), (labels, (count,))):
        file.seek(0)
        file.write(idx.header(shape))
    return count


@contextmanager
def finished(path: Path) -> Iterator[Path]:
    """Lend a file beside `path` that replaces it on success, so that no half export is left there.

    If `path` is not a regular file, such as a pipe or /dev/null, it is lent itself.

    :raises DigitpadError: it cannot be written
    """
    try:
        if path.exists() and not path.is_file():
            yield path
            return
        # A unique name: of two simultaneous exports to one file, each is complete, and the later one stays.
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.unfinished")
        unfinished.touch(exist_ok=False)  # with the permissions that the umask leaves for a new file
        try:
            yield unfinished
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise DigitpadError(f"{path}: {error.strerror or error}") from error
