"""What a client may meet in place of a server: a line that breaks, somebody else's server, a proxy."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

import msgspec

from digitpad.answers import Listing
from tests.server import Server


class Between(ABC):
    """Stands in for a server, takes one request at a time and keeps it in `asked`."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            with caller:
                asked = b""
                while not _is_whole(asked):
                    asked += caller.recv(65_536)
                self.asked.append(asked)
                self._answer(caller)

    @abstractmethod
    def _answer(self, caller: socket.socket) -> None:
        """Answer the last request, or do not."""


class CutLine(Between):
    """Forwards requests to a server, but withholds the first answers."""

    def __init__(
        self,
        server: Server,
        *,
        cuts: int,
        after: int = 0,
        instead: bytes = b"",
        form: Callable[[bytes], bytes] = bytes,
    ) -> None:
        super().__init__()
        self._cuts = cuts
        self._after = after  # bytes of an answer that still get through
        self._instead = instead
        self._form = form  # changes the answers that it passes on
        self._server = server

    def _answer(self, caller: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._server.port)) as there:
            there.sendall(self.asked[-1])
            whole = b"".join(iter(lambda: there.recv(65_536), b""))  # the server has recorded by now
        answer = self._form(whole)
        cut = len(self.asked) <= self._cuts
        caller.sendall(self._instead or answer[: self._after] if cut else answer)


class Stranger(Between):
    """Gives answers of its own, the last one to all further requests."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__()
        self._answers = answers

    def _answer(self, caller: socket.socket) -> None:
        caller.sendall(self._answers[min(len(self.asked), len(self._answers)) - 1])


class Tunnel(Between):
    """A proxy that opens a tunnel to another host, and breaks it off after the first bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []

    def _answer(self, caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        self.said.append(caller.recv(65_536))


def _is_whole(asked: bytes) -> bool:
    head, end, body = asked.partition(b"\r\n\r\n")
    length = next(
        (line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0"
    )
    return bool(end) and len(body) >= int(length)


def page(status: str, *headers: str) -> bytes:
    """An answer such as servers and proxies make themselves."""
    body = f"<html>{status}"
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body]).encode(
        "latin-1"
    )


def as_json(listing: Listing) -> bytes:
    body = msgspec.json.encode(listing)
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def chunked(answer: bytes) -> bytes:
    """The same answer, its body in two chunks."""
    head, _, body = answer.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:], b"")]
    return b"\r\n".join([*kept, b"Transfer-Encoding: chunked", b"", b"".join(chunks)])
