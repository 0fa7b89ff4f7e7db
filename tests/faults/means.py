"""The means of faults: a clock that can be shifted, a disk that can be filled, a network that can be cut."""

from __future__ import annotations

import asyncio
import os
import shutil
import struct
import subprocess
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Self

import pytest

from tests.cassandra.nodes import Nodes
from tests.disk import small_disk

DISK_SIZE: Final = 256  # megabytes: an hour of records


def missing_for_clock() -> str | None:
    """Say what this machine lacks to shift a server's clock, or None."""
    return None if shutil.which("cc") else "a clock that jumps needs a C compiler: install gcc"


def missing_for_disk() -> str | None:
    """Say what this machine lacks for a disk that can be filled, or None. It tries to mount one."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk", megabytes=1):
                return None
        except pytest.skip.Exception as error:
            return str(error)


class Clock:
    """The wall clock of the processes that are started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._shift = folder / "clock-shift"
        self.set(0)
        library = folder / "clock.so"
        source = Path(__file__).with_name("clock.c")
        command = [
            "cc",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-shared",
            "-fPIC",
            "-o",
            str(library),
            str(source),
        ]
        subprocess.run(command, check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT_FILE": str(self._shift)}

    def set(self, seconds: float) -> None:
        """Set the clock `seconds` ahead of the true time."""
        with self._shift.open("r+b" if self._shift.exists() else "wb") as file:  # the same file: it is mapped
            file.write(struct.pack("d", seconds))


class Disk:
    """A small disk that is there while the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        self._mounted = small_disk(folder, DISK_SIZE)

    def __enter__(self) -> Self:
        self._mounted.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._mounted.__exit__(None, None, None)

    def fill(self) -> None:
        """Use up all of the space that is left."""
        with self._filler.open("wb") as file:
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)

    def clear(self) -> None:
        """Free the space again."""
        self._filler.unlink(missing_ok=True)


class Network:
    """The network between a server and Cassandra's nodes: the connection to each can be cut and restored.

    Needs nodes that are `reached_by` REACHED_BY: a driver that learns the nodes' addresses from one of them then learns
    these, and cannot bypass the network.
    """

    REACHED_BY: Final = "127.0.1"

    def __init__(self, nodes: Nodes) -> None:
        self._ways = [
            Way(f"{self.REACHED_BY}.{n}", host, nodes.port) for n, host in enumerate(nodes.hosts, 1)
        ]
        self._open = ExitStack()

    def __enter__(self) -> Self:
        for way in self._ways:
            self._open.enter_context(way)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def cut(self, *numbers: int) -> None:
        """Let nothing pass to and from these nodes."""
        for n in numbers:
            self._ways[n - 1].cut()

    def restore(self, *numbers: int) -> None:
        """Let everything pass again, beginning with what has waited."""
        for n in numbers:
            self._ways[n - 1].restore()


class Way:
    """Forwards connections from one address to another, in both directions.

    A cut is like a pulled cable, of which nobody is told: connections stay open, nothing passes, and data under way
    arrives later.
    """

    def __init__(self, near: str, far: str, port: int) -> None:
        self._near, self._far, self._port = near, far, port
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(),), daemon=True
        )

    def __enter__(self) -> Self:
        self._ready, self._ending = threading.Event(), asyncio.Event()
        self.restore()
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Let nothing pass."""
        self._loop.call_soon_threadsafe(self._whole.clear)

    def restore(self) -> None:
        """Let everything pass again, beginning with what has waited."""
        self._loop.call_soon_threadsafe(self._whole.set)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connect, self._near, self._port)
        self._ready.set()
        await self._ending.wait()
        server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        ends = [writer]
        try:
            await self._whole.wait()
            back, onward = await asyncio.open_connection(self._far, self._port)
            ends.append(onward)
            await asyncio.gather(self._pass(reader, onward), self._pass(back, writer))
        except (OSError, asyncio.CancelledError):
            pass  # one end is gone: close the other
        finally:
            self._connections.discard(task)
            for end in ends:
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._whole.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError  # if one side closes, both are closed
