"""Copying one store into another; an interrupted copy resumes where it stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from digitpad import folders
from digitpad.records import timeuuid
from digitpad.records.read_export import batches
from digitpad.records.record import Record
from digitpad.records.store import Store


class Bookmark:
    """How far the copy from one store to another has got: a record's id in a file in the user's state folder.

    It moves on only once the records up to it are kept in the other store, and is deleted when the copy is
    complete. If it cannot be written, an interrupted copy starts over, which is slower but harmless.
    """

    def __init__(self, source: str, target: str, folder: Path | None = None) -> None:
        """Find the bookmark of the copy from the store named `source` to the one named `target`."""
        folder = folder or folders.state()
        name = hashlib.sha256(f"{source}\n{target}".encode()).hexdigest()[:16]
        self._file = folder / f"copy-{name}"

    def read(self) -> UUID | None:
        """The last record that an interrupted copy has certainly copied, or None."""
        try:
            return timeuuid.require(UUID(self._file.read_text(encoding="ascii").strip()))
        except (OSError, ValueError):
            return None

    def move(self, to: UUID) -> None:
        """Note that all records up to this one are copied."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._file.with_suffix(".unfinished")
            unfinished.write_text(str(to), encoding="ascii")
            unfinished.replace(self._file)

    def forget(self) -> None:
        """Delete the bookmark: the copy is complete."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)


def begin_after(target: Store, bookmark: Bookmark) -> UUID | None:
    """The record after which an interrupted copy resumes; None, to start over, if none or not in `target`."""
    last = bookmark.read()
    return last if last is not None and target.get(last) is not None else None


def copy(source: Store, target: Store, bookmark: Bookmark) -> Iterator[Record]:
    """Copy all records with drawings and corrections, oldest first; yield each once it is kept in `target`.

    What was removed from `source` is removed from `target`, too: an earlier copy may have brought it there.
    """
    for batch in batches(source.scan(after=begin_after(target, bookmark))):
        target.add(batch)
        bookmark.move(batch[-1].id)
        yield from batch
    for gone in source.removed():
        target.remove(gone)
    bookmark.forget()
