"""Every setting, defined once: name, environment variable, default, unit, meaning.

`digitpad serve` offers each as an option; `digitpad doctor` prints each with its value and its source.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Final, Literal, get_args, get_type_hints

from digitpad import folders
from digitpad.engines import EngineName
from digitpad.errors import SettingError
from digitpad.logs import Format
from digitpad.operator_token import hashed

READING: Final = 128  # request bodies received at a time, in one worker (see web/exchange/overload.py)
WAITING: Final = 192  # requests that wait for a place: at two milliseconds each, less than half a second
KEYS: Final = "idempotency.db"  # in the state folder: the Idempotency-Keys (see web/recording/idempotency.py)
PREFIX: Final = "DIGITPAD_"  # of each setting's environment variable
SPARE: Final = 8  # threads for those who are told to come back later
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\sA-Z]+")


def setting(default: object, meaning: str, *, unit: str = "", secret: bool = False) -> Any:
    """Declare one row of the table below."""
    return field(default=default, metadata={"meaning": meaning, "unit": unit, "secret": secret})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings, checked. The environment variable of each is DIGITPAD_ and its name in capitals."""

    host: str = setting(
        "127.0.0.1", "the address to listen on, or a name of it; 0.0.0.0 for all of the machine's"
    )
    port: int = setting(8000, "the port to listen on; 0: any that is free")
    store: str = setting(
        "",
        "where records are kept: sqlite:///relative.db, sqlite:////absolute.db (default: in your data folder) "
        "or cassandra://host[,host]:9042/mnist_key",
    )
    model: str = setting("", "a folder that `digitpad train` wrote (default: the packaged model)")
    engine: EngineName = setting("onnx", "what runs the network; keras needs the extra “train”")
    workers: int = setting(2, "processes that answer requests")
    threads: int = setting(4, "requests that one worker works on at a time; they share one write to the disk")
    ack: Literal["local", "store"] = setting(
        "local",
        "when a record is acknowledged before Cassandra: local, once it is in the outbox on this host's disk, or "
        "store, once Cassandra has it",
    )
    outbox: str = setting(
        "", "the file of the outbox before Cassandra (default: outbox.db in your data folder)"
    )
    outbox_limit: int = setting(
        1_000_000, "how many records may wait in the outbox; each takes about 6 kB with its drawing"
    )
    operator_token: str = setting(
        "",
        "who sends it as a Bearer token sees all records; the token, or its hash as `digitpad token` prints it",
        secret=True,
    )
    rate_limit: int = setting(
        600,
        "requests that a visitor may send; an address may send 50 times as many, for a class behind it; 0: no limit",
        unit="a minute",
    )
    proxies: int = setting(
        0, "proxies in front, which are believed what they say in X-Forwarded-For, -Proto, -Host and -Prefix"
    )
    prefix: str = setting(
        "", "a path such as /digits, where a proxy shows the page below it and does not say so"
    )
    cassandra_user: str = setting("", "the user name for Cassandra, where it asks for one")
    cassandra_password: str = setting("", "the password for Cassandra", secret=True)
    cassandra_tls: Literal["off", "on"] = setting("off", "whether Cassandra is spoken to by TLS")
    cassandra_ca: str = setting(
        "", "a PEM file with the certificates that vouch for Cassandra's nodes (default: the system's)"
    )
    cassandra_certificate: str = setting(
        "", "a PEM file with our certificate and its key, where Cassandra asks for one"
    )
    replication: str = setting(
        "1", "Cassandra's replication when the keyspace is made: a number, or datacenter:number[,…]"
    )
    retention: int = setting(
        0,
        "how long Cassandra keeps a record, where 0 is for ever; `digitpad records init` gives it to a keyspace "
        "that exists (SQLite: run `digitpad records purge` daily)",
        unit="days",
    )
    cors_origins: str = setting(
        "",
        "origins whose pages may use the API, such as https://a.example,https://b.example; * for all "
        "(default: none but this server's own)",
    )
    state: str = setting(
        "",
        "a folder for what the server itself remembers, such as the Idempotency-Keys of a day "
        "(default: in your state folder)",
    )
    metrics: Literal["open", "operator", "off"] = setting(
        "open", "who may read /metrics: all, who sends the operator's token, or nobody"
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "what is logged")
    log_format: Format = setting("text", "lines for people, or JSON for machines")

    def __post_init__(self) -> None:
        if not self.store:
            object.__setattr__(self, "store", f"sqlite:///{folders.data() / 'records.db'}")
        if not self.outbox:
            object.__setattr__(self, "outbox", str(folders.data() / "outbox.db"))
        if not self.state:
            object.__setattr__(self, "state", str(folders.state()))
        if self.operator_token:  # from here on only its hash is known
            object.__setattr__(self, "operator_token", hashed(self.operator_token))
        if self.prefix and (not self.prefix.startswith("/") or self.prefix.endswith("/")):
            raise SettingError(f"prefix must begin with a slash and end without one, not “{self.prefix}”")
        for origin in filter(None, map(str.strip, self.cors_origins.split(","))):
            if origin not in {"*", "null"} and not _ORIGIN.fullmatch(origin):
                raise SettingError(
                    "cors_origins must be as browsers send them, such as https://a.example or http://b.example:8000, "
                    f"in small letters and without a path or a slash at the end, not “{origin}”"
                )
        for name, (low, high) in {
            "port": (0, 65_535),
            "workers": (1, 64),
            "threads": (1, 256),
            "outbox_limit": (1, 1_000_000_000),
            "retention": (0, 7_300),
            "rate_limit": (0, 1_000_000),
            "proxies": (0, 10),
        }.items():
            if not low <= getattr(self, name) <= high:
                raise SettingError(f"{name} must be between {low} and {high}, not {getattr(self, name)}")

    @classmethod
    def load(
        cls, options: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
    ) -> Settings:
        """Take each setting from `options` where it is given and not None, else from the environment.

        In both, an empty value means the default.

        :raises SettingError: a value is not of the setting's type, or out of its range
        """
        options = options or {}
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for row in fields(cls):
            given = options.get(row.name)
            if given is None:
                given = environ.get(variable(row.name))
            if given is not None and given != "":
                values[row.name] = _parse(row.name, given)
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """The environment from which `load` restores these settings, for worker processes."""
        return {variable(row.name): str(getattr(self, row.name)) for row in fields(self)}


def rows() -> list[Field[Any]]:
    """The table: one dataclass field per setting, its meaning and unit in `metadata`."""
    assert all(row.default is not MISSING for row in fields(Settings))  # noqa: S101
    return list(fields(Settings))


def variable(name: str) -> str:
    """The environment variable of the setting called `name`."""
    return f"{PREFIX}{name.upper()}"


def is_given(name: str) -> bool:
    """Whether the environment has a value for the setting called `name`, even the default itself."""
    return bool(os.environ.get(variable(name)))


def without_password(address: str) -> str:
    """The address of a store or a server, safe to show. It should contain no user and no password, but it may."""
    return address if address.startswith("sqlite:") else re.sub(r"^(\w+://)?.*@", r"\1…@", address)


def _parse(name: str, given: object) -> object:
    """Turn text into the setting's type."""
    kind = get_type_hints(Settings)[name]
    if kind is int:
        try:
            return int(str(given))
        except ValueError as error:
            raise SettingError(f"{variable(name)}: expected a whole number, not “{given}”") from error
    choices = get_args(kind)
    if choices and given not in choices:
        raise SettingError(f"{variable(name)}: expected one of {', '.join(choices)}, not “{given}”")
    return str(given)
