"""Logs: lines for people, or one JSON object per line for machines. Never a body, a cookie or a token."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

Format = Literal["text", "json"]
TEXT: Final = "%(asctime)s %(levelname)s %(message)s"

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered."""


class TextFormatter(logging.Formatter):
    """Such as “2026-11-25T02:46:01.123Z INFO GET '/' 200 1.2 ms id=4f2c…”."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """The time in the same format as in JSON: see `_time`."""
        return _time(record)

    def format(self, record: logging.LogRecord) -> str:
        """One line, except where there is a stack trace."""
        line = super().format(record)
        return f"{line} id={request_id.get()}" if request_id.get() else line


class JSONFormatter(logging.Formatter):
    """One object per line: time, level, logger, message, and what is known of the request."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, even with a stack trace."""
        entry: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            entry["request_id"] = request_id.get()
        entry |= getattr(record, "fields", {})
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


def _time(record: logging.LogRecord) -> str:
    """The time of a record: RFC 3339 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def formatter(kind: Format) -> logging.Formatter:
    """The formatter for a format."""
    return JSONFormatter() if kind == "json" else TextFormatter()


def of_the_server(kind: Format) -> dict[str, Any]:
    """The same format for granian's own messages, as `logging.config` takes it."""
    return {
        "formatters": {"ours": {"()": "digitpad.logs.formatter", "kind": kind}},
        "filters": {"ours": {"()": "digitpad.logs.without_advice"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ours", "filters": ["ours"]}},
        "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
    }


def without_advice() -> Callable[[logging.LogRecord], bool]:
    """Leave out granian's advice to use fewer threads: most of ours wait (see `web/exchange/overload.py`)."""
    return lambda record: "Python threads" not in str(record.msg)


def configure(level: str, kind: Format) -> None:
    """Send all logs of this process to standard error."""
    # No line names its function, thread or process: looking them up takes a third of a line's time
    # (“Optimization” in Python's Logging HOWTO).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(kind))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
