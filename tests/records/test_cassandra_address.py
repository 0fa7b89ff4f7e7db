"""The parts of a Cassandra address, and how its replication is written."""

from __future__ import annotations

import pytest

from digitpad.errors import SettingError
from digitpad.records import open_store
from digitpad.records.cassandra.address import Address
from digitpad.records.cassandra.store import CassandraStore
from digitpad.settings import Settings

pytestmark = pytest.mark.cassandra


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("cassandra://db", Address(("db",), 9042, "mnist_key")),
        ("cassandra://a,b,c:9999/other", Address(("a", "b", "c"), 9999, "other")),
        ("cassandra://[::1]:9042/mnist_key", Address(("::1",), 9042, "mnist_key")),
    ],
)
def test_addresses(url: str, expected: Address) -> None:
    assert Address.from_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "cassandra://",
        "cassandra:///k",
        "cassandra://a:0/k",
        "cassandra://a,,b/k",
        "cassandra://u:p@a/k",
        "cassandra://a/K-",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(SettingError, match="expected cassandra://host"):
        Address.from_url(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("cassandra://me:hunter2@db1/mnist_key", "“cassandra://…@db1/mnist_key”"),
        ("cassandra://me:hunter2/@[db1/mnist_key", "“cassandra://…@[db1/mnist_key”"),
        ("casandra://me:hunter@2@db1", "“casandra://…@db1”"),
        ("me:hunter2@db1", "“…@db1”"),
    ],
)
def test_a_password_in_an_address_is_not_shown(url: str, shown: str) -> None:
    with pytest.raises(SettingError) as refused:
        open_store(Settings(store=url))
    assert "hunter" not in str(refused.value)
    assert shown in str(refused.value)


@pytest.mark.parametrize("text", ["0", "many", "dc1", "dc1:0", "", "3; DROP"])
def test_what_is_no_replication(text: str) -> None:
    with pytest.raises(SettingError, match="DIGITPAD_REPLICATION"):
        CassandraStore(Address(("127.0.0.1",), 9042, "mnist_key"), replication=text)
