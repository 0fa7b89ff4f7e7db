"""Authentication to Cassandra, and of Cassandra: user name, password, TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from cassandra.auth import PlainTextAuthProvider

from digitpad.errors import SettingError
from digitpad.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Credentials and TLS files. The default is neither a user name nor TLS."""

    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca: str = ""
    """A PEM file with the CA certificates for the nodes; if empty, the system's are used."""
    certificate: str = ""
    """A PEM file with our own certificate and its key, if the nodes require one."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take the values from the settings."""
        return cls(
            user=settings.cassandra_user,
            password=settings.cassandra_password,
            tls=settings.cassandra_tls == "on",
            ca=settings.cassandra_ca,
            certificate=settings.cassandra_certificate,
        )

    def auth_provider(self) -> PlainTextAuthProvider | None:
        """The driver's authentication provider, None without a user name."""
        return PlainTextAuthProvider(self.user, self.password) if self.user else None

    def ssl_context(self) -> ssl.SSLContext | None:
        """The TLS context, None without TLS.

        A node's certificate must be signed by a trusted CA, but need not name the node: the driver knows nodes by
        their addresses, which certificates rarely contain.

        :raises SettingError: a file is missing or invalid
        """
        if not self.tls:
            return None
        with _named("DIGITPAD_CASSANDRA_CA", self.ca):
            context = ssl.create_default_context(cafile=self.ca or None)
        context.check_hostname = False
        if self.certificate:
            with _named("DIGITPAD_CASSANDRA_CERTIFICATE", self.certificate):
                context.load_cert_chain(self.certificate)
        return context


@contextmanager
def _named(variable: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        raise SettingError(f"{variable}: “{path}”: {error.strerror or error}") from error
