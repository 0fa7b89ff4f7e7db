"""Opening the store whose address is in DIGITPAD_STORE."""

from __future__ import annotations

import importlib.util
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from digitpad.errors import MissingExtra, SettingError
from digitpad.records.store import Store
from digitpad.settings import Settings, without_password

if TYPE_CHECKING:
    from digitpad.records.outbox.waiting import Waiting


def try_store(settings: Settings) -> None:
    """Find out what would go wrong in `open_store` before worker processes do. Leaves no thread running.

    Cassandra may be unreachable now: only its address, its driver, the files for TLS and the outbox are checked.

    :raises DigitpadError: as `open_store`
    """
    if settings.store.startswith("cassandra://"):
        from digitpad.records.cassandra.address import replication_options  # noqa: PLC0415

        replication_options(settings.replication)
        if importlib.util.find_spec("cassandra") is None:
            raise MissingExtra("cassandra", "a Cassandra store")
        from digitpad.records.cassandra.access import Access  # noqa: PLC0415

        Access.from_settings(settings).ssl_context()
        if waiting := open_waiting(settings):
            waiting.close()
        return
    open_store(settings).close()


def open_store(settings: Settings) -> Store:
    """Open the store that `settings.store` names, creating it if it is missing.

    :raises SettingError: not the address of a store
    :raises MissingExtra: Cassandra is configured, but its driver is not installed
    :raises StoreError: something else is in its place, or it cannot be reached
    """
    scheme = settings.store.partition("://")[0]
    if scheme == "sqlite":
        from digitpad.records.sqlite.store import SQLiteStore  # noqa: PLC0415

        return SQLiteStore.from_url(settings.store)
    if scheme == "cassandra":
        return _open_cassandra(settings)
    raise SettingError(
        f"DIGITPAD_STORE: “{without_password(settings.store)}” is neither sqlite:///FILE nor "
        "cassandra://HOST:9042/mnist_key"
    )


def _open_cassandra(settings: Settings) -> Store:
    try:
        from digitpad.records.cassandra.store import CassandraStore  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra("cassandra", "a Cassandra store") from error
    from digitpad.records.outbox.store import Outbox  # noqa: PLC0415

    waiting = open_waiting(settings)
    if waiting is None:
        return CassandraStore.from_settings(settings)
    with ExitStack() as undo:
        undo.callback(waiting.close)
        store = CassandraStore.from_settings(settings)
        undo.callback(store.close)
        outbox = Outbox(waiting, store)
        undo.pop_all()
        return outbox


def open_waiting(settings: Settings) -> Waiting | None:
    """Open the outbox's file for the store that `settings.store` names; None if the store has no outbox.

    :raises SettingError: not the address of a store
    :raises StoreError: something else is in the outbox's place, or it cannot be created
    """
    from digitpad.records.cassandra.address import Address  # noqa: PLC0415
    from digitpad.records.outbox.waiting import Waiting  # noqa: PLC0415

    if not settings.store.startswith("cassandra://"):
        return None
    address = Address.from_url(settings.store)
    if settings.ack == "store":
        return None
    return Waiting(Path(settings.outbox), store=address.name, limit=settings.outbox_limit)
