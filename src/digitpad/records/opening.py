"""From the address in DIGITPAD_STORE to an open store."""

from __future__ import annotations

import importlib.util

from digitpad.errors import MissingExtra, SettingError
from digitpad.records.store import Store
from digitpad.settings import Settings


def try_store(settings: Settings) -> None:
    """Find out what would go wrong with `open_store`, before worker processes do. Leaves no thread running.

    Cassandra may be away just now: only its address and its driver are looked at.

    :raises DigitpadError: as `open_store`
    """
    if settings.store.startswith("cassandra://"):
        from digitpad.records.cassandra_address import Address, replication_options  # noqa: PLC0415

        Address.from_url(settings.store)
        replication_options(settings.replication)
        if importlib.util.find_spec("cassandra") is None:
            raise MissingExtra("cassandra", "a Cassandra store")
        return
    open_store(settings).close()


def open_store(settings: Settings) -> Store:
    """Open the store that `settings.store` names, making it where it is missing.

    :raises SettingError: not the address of a store
    :raises MissingExtra: Cassandra is asked for and its driver not installed
    :raises StoreError: there is something else in its place, or it cannot be reached
    """
    scheme = settings.store.partition("://")[0]
    if scheme == "sqlite":
        from digitpad.records.sqlite import SQLiteStore  # noqa: PLC0415

        return SQLiteStore.from_url(settings.store)
    if scheme == "cassandra":
        try:
            from digitpad.records.cassandra import CassandraStore  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise MissingExtra("cassandra", "a Cassandra store") from error
        return CassandraStore.from_settings(settings)
    raise SettingError(
        f"DIGITPAD_STORE: “{settings.store}” is neither sqlite:///FILE nor cassandra://HOST:9042/mnist_key"
    )
