"""A Cassandra that asks for a password, or speaks only TLS."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassandra.auth import PlainTextAuthProvider

from digitpad.errors import SettingError, StoreError, StoreUnavailable
from digitpad.records.cassandra.store import CassandraStore
from digitpad.settings import Settings
from tests.cassandra.fixtures import require_cassandra
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.records import record

pytestmark = pytest.mark.cassandra

TLS = """
client_encryption_options:
  enabled: true
  optional: false
  keystore: {folder}/node.p12
  keystore_password: password
  require_client_auth: true
  truststore: {folder}/trust.p12
  truststore_password: password
"""


def takes_records(nodes: Nodes, **settings: Any) -> bool:
    with cassandra_store(nodes.url(), **settings) as store:
        store.wait(30)
        kept = record()
        store.add([kept])
        return list(store.scan())[-1] == kept


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A node that asks for a password."""
    require_cassandra()
    driver = {"auth_provider": PlainTextAuthProvider("cassandra", "cassandra")}
    with Nodes(
        tmp_path_factory.mktemp("asking"),
        heap="384m",
        yaml="authenticator: PasswordAuthenticator",
        driver=driver,
    ) as nodes:
        yield nodes.start()


def test_a_user_with_the_password_gets_in(asking: Nodes) -> None:
    with asking.cluster() as cluster:
        cluster.connect().execute(
            "CREATE ROLE IF NOT EXISTS digitpad WITH PASSWORD = 'sesame' AND LOGIN = true"
        )
    assert takes_records(asking, cassandra_user="digitpad", cassandra_password="sesame")


@pytest.mark.parametrize("user", [{}, {"cassandra_user": "digitpad", "cassandra_password": "simsim"}])
def test_others_are_told_what_to_set(asking: Nodes, user: dict[str, str]) -> None:
    with cassandra_store(asking.url(), **user) as store:
        with pytest.raises(StoreError, match="refuses the user: set DIGITPAD_CASSANDRA_USER") as refused:
            store.wait(30)
        assert not isinstance(refused.value, StoreUnavailable)


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_certificate(folder: Path, name: str) -> None:
    """Make a self-signed certificate, NAME.crt, and with its key in NAME.pem and NAME.p12."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.crt"
    request = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    openssl("req", *request, "-keyout", key, "-out", certificate)
    (folder / f"{name}.pem").write_bytes(key.read_bytes() + certificate.read_bytes())
    out = ["-out", folder / f"{name}.p12", "-passout", "pass:password"]
    openssl("pkcs12", "-export", "-inkey", key, "-in", certificate, *out)


@pytest.fixture(scope="module")
def encrypting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A node that accepts only TLS, from clients whose certificate it knows."""
    require_cassandra()
    folder = tmp_path_factory.mktemp("encrypting")
    for name in ("node", "client", "stranger"):
        make_certificate(folder, name)
    trust = ["-keystore", folder / "trust.p12", "-storetype", "PKCS12", "-storepass", "password", "-noprompt"]
    known = ["keytool", "-importcert", "-alias", "client", "-file", folder / "client.crt", *trust]
    subprocess.run(list(map(str, known)), check=True, capture_output=True)
    context = ssl.create_default_context(cafile=folder / "node.crt")
    context.check_hostname = False
    context.load_cert_chain(folder / "client.pem")
    with Nodes(folder, heap="384m", yaml=TLS.format(folder=folder), driver={"ssl_context": context}) as nodes:
        yield nodes.start()


def tls(folder: Path, ca: str = "node.crt", certificate: str = "client.pem") -> dict[str, str]:
    return {
        "cassandra_tls": "on",
        "cassandra_ca": str(folder / ca),
        "cassandra_certificate": str(folder / certificate),
    }


def test_both_sides_know_each_other(encrypting: Nodes) -> None:
    assert takes_records(encrypting, **tls(encrypting.folder))


def test_a_node_that_nobody_vouches_for_is_not_trusted(encrypting: Nodes) -> None:
    with cassandra_store(encrypting.url(), **tls(encrypting.folder, ca="stranger.crt")) as store:
        with pytest.raises(StoreError, match="nobody vouches for: set DIGITPAD_CASSANDRA_CA") as refused:
            store.wait(30)
        assert not isinstance(refused.value, StoreUnavailable)


@pytest.mark.parametrize("certificate", ["stranger.pem", None])
def test_a_stranger_does_not_get_in(encrypting: Nodes, certificate: str | None) -> None:
    settings = tls(encrypting.folder, certificate=certificate or "")
    if certificate is None:
        settings["cassandra_certificate"] = ""
    with (
        cassandra_store(encrypting.url(), **settings) as store,
        pytest.raises(StoreError, match="Cassandra at 127"),
    ):
        store.wait(3)


@pytest.mark.parametrize("name", ["cassandra_ca", "cassandra_certificate"])
def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "diary").write_text("dear")
    for path in ("diary", "nowhere"):
        settings: dict[str, Any] = {"cassandra_tls": "on", name: str(tmp_path / path)}
        with pytest.raises(SettingError, match=rf"DIGITPAD_{name.upper()}: .*{path}"):
            CassandraStore.from_settings(Settings(store="cassandra://127.0.0.1", **settings))
