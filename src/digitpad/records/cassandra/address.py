"""Where Cassandra is: the address in DIGITPAD_STORE, and the replication of its keyspace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from digitpad.errors import SettingError
from digitpad.settings import without_password

PORT: Final = 9042
KEYSPACE: Final = "mnist_key"


@dataclass(frozen=True, slots=True)
class Address:
    """Contact points, their port, and the keyspace."""

    hosts: tuple[str, ...]
    port: int
    keyspace: str

    @classmethod
    def from_url(cls, url: str) -> Address:
        """Read `cassandra://host[,host][:9042][/keyspace]`.

        :raises SettingError: `url` is not such an address
        """
        try:
            parts = urlsplit(url)
            match = re.fullmatch(r"(?P<hosts>[^@]+?)(?::(?P<port>\d{1,5}))?", parts.netloc)
            keyspace = parts.path.removeprefix("/") or KEYSPACE
            if (
                parts.scheme != "cassandra"
                or not match
                or not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", keyspace)
            ):
                raise ValueError
            hosts = tuple(host.strip("[]") for host in match["hosts"].split(","))
            port = int(match["port"] or PORT)
            if not all(hosts) or not 0 < port < 65_536:
                raise ValueError
        except ValueError as error:
            wanted = "expected cassandra://host[,host]:9042/mnist_key"
            if "@" in url:
                wanted += (
                    ", and the user and password in DIGITPAD_CASSANDRA_USER and DIGITPAD_CASSANDRA_PASSWORD"
                )
            raise SettingError(f"“{without_password(url)}”: {wanted}") from error
        return cls(hosts, port, keyspace)

    @property
    def name(self) -> str:
        """What it is and where, for people."""
        return f"Cassandra, {self}, keyspace {self.keyspace}"

    def __str__(self) -> str:
        return f"{','.join(self.hosts)}:{self.port}"


def replication_options(text: str) -> str:
    """CQL for `replication`, given a number of replicas per data centre, or datacenter:number[,…].

    Both use NetworkTopologyStrategy, so adding a data centre needs no change of strategy.

    :raises SettingError: `text` is neither of the two
    """
    options = {"class": "NetworkTopologyStrategy"}
    if re.fullmatch(r"[1-9]", text):
        options["replication_factor"] = text
    elif re.fullmatch(r"[\w.-]+:[1-9](,[\w.-]+:[1-9])*", text):
        options |= dict(part.split(":") for part in text.split(","))
    else:
        raise SettingError(f"DIGITPAD_REPLICATION: expected 1 to 9 or datacenter:number[,…], not “{text}”")
    return str(options)
