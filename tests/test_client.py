"""`digitpad.client` against a real server, and against a connection that breaks at the worst moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from digitpad import Ink
from digitpad.answers import Listing
from digitpad.client import Client, Failed, Incomplete, NoAnswer, NotDigitpad, Refused
from digitpad.errors import SettingError
from tests.between import CutLine, Stranger, Tunnel, as_json, chunked, page
from tests.handwriting import DIGITS
from tests.server import Server, free_port
from tests.test_canonical import drawn
from tests.test_recognizer import png

SEVEN = Ink.from_strokes(DIGITS[7])


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server.url)


def test_it_reads_lists_corrects_and_removes(client: Client) -> None:
    made = client.predict(SEVEN, include=["canonical"])
    assert (made.digit, made.recorded, len(made.canonical or [])) == (7, True, 28)
    picture = client.predict(png(drawn(DIGITS[3])))
    assert (picture.digit, picture.source) == (3, "picture")
    assert client.predict(SEVEN, record=False).id is None
    assert [each.id for each in client.predictions(page=1)] == [picture.id, made.id]
    assert made.id is not None
    assert client.prediction(made.id).confidence == made.confidence
    assert client.image(made.id).startswith(b"\x89PNG")
    assert client.label(made.id, 1).label == 1
    later = client.predict(SEVEN)
    assert later.id is not None
    found = client.similar(later.id, limit=2)
    assert [each.id for each in found.predictions] == [made.id, picture.id]
    assert found.predictions[0].similarity > 0.99 > found.predictions[1].similarity
    assert (found.model, found.complete) == (made.model, True)
    client.remove(made.id)
    with pytest.raises(Refused, match="404 not-found"):
        client.prediction(made.id)
    assert client.model().version == made.model


def test_many_at_once_carry_their_own_errors(client: Client) -> None:
    first, second, third = client.predict_many([SEVEN, b"no picture", SEVEN])
    assert isinstance(second, Failed)
    assert second.error.code == "bad-picture"
    assert not isinstance(first, Failed)
    assert not isinstance(third, Failed)
    assert (first.digit, third.digit) == (7, 7)


def test_a_visitor_who_comes_back_finds_their_own(server: Server) -> None:
    visitor = uuid4()
    made = Client(server.url, visitor=visitor).predict(SEVEN)
    assert [each.id for each in Client(server.url, visitor=visitor).predictions()] == [made.id]
    assert list(Client(server.url).predictions()) == []


def test_a_listing_says_at_its_end_that_it_lacks_some(tmp_path: Path) -> None:
    away = f"cassandra://127.0.0.1:{free_port()}/mnist_key"
    with Server(tmp_path, store=away, environment={"DIGITPAD_OUTBOX": str(tmp_path / "outbox.db")}) as server:
        client = Client(server.url)
        made = [client.predict(SEVEN).id for _ in range(3)]
        listed = client.predictions(page=2)
        assert [next(listed).id for _ in made] == made[::-1]
        with pytest.raises(Incomplete, match="database is away"):
            next(listed)


def test_a_listing_lacks_what_its_first_page_lacked(server: Server) -> None:
    pages = [
        Listing([], next=str(uuid4()), complete=False),  # the database comes back between them
        Listing([], next=None, complete=True),
    ]
    with Stranger(*map(as_json, pages)) as there, pytest.raises(Incomplete):
        list(Client(there.url).predictions())
    assert len(there.asked) == 2


@pytest.mark.parametrize("form", [bytes, chunked])
@pytest.mark.parametrize("after", [0, 20, 400, -6])
def test_a_line_that_is_cut_after_the_server_has_recorded_makes_no_second_record(
    server: Server, after: int, form: Callable[[bytes], bytes]
) -> None:
    with CutLine(server, cuts=2, after=after, form=form) as line:
        client = Client(line.url)
        made = client.predict(SEVEN)
    assert len(line.asked) == 3
    direct = Client(server.url, visitor=client.visitor)
    assert [each.id for each in direct.predictions()] == [made.id]


def test_a_batch_is_not_recorded_twice_either(server: Server) -> None:
    with CutLine(server, cuts=2) as line:
        client = Client(line.url)
        made = client.predict_many([SEVEN] * 5)
    assert len(line.asked) == 3
    assert len(made) == len(list(Client(server.url, visitor=client.visitor).predictions())) == 5


@pytest.mark.parametrize(
    "instead", [b"", page("502 Bad Gateway"), page("504 Gateway Timeout")], ids=["nothing", "502", "504"]
)
def test_a_removal_whose_answer_was_lost_is_a_removal(server: Server, instead: bytes) -> None:
    direct = Client(server.url)
    made = direct.predict(SEVEN).id
    assert made is not None
    with CutLine(server, cuts=2, instead=instead) as line:
        Client(line.url, visitor=direct.visitor).remove(made)
    assert len(line.asked) == 3
    assert list(direct.predictions()) == []


def test_what_was_never_there_is_not_removed(server: Server) -> None:
    with pytest.raises(Refused, match="404 not-found"):
        Client(server.url).remove(str(uuid4()))


def test_a_removal_that_did_not_get_through_is_none(server: Server) -> None:
    direct = Client(server.url)
    made = direct.predict(SEVEN).id
    assert made is not None
    gateway = Stranger(page("504 Gateway Timeout"), page("404 Not Found"))
    with gateway, pytest.raises(Refused, match="404 unknown"):
        Client(gateway.url, visitor=direct.visitor).remove(made)
    assert len(gateway.asked) == 2
    assert [each.id for each in direct.predictions()] == [made]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_shown_and_not_followed(server: Server, status: int) -> None:
    direct = Client(server.url)
    made = direct.predict(SEVEN).id
    assert made is not None
    with CutLine(server, cuts=0) as there:
        calls: list[tuple[str, Callable[[Client], object]]] = [
            ("/predictions", lambda client: client.predict(SEVEN)),
            (f"/predictions/{made}", lambda client: client.prediction(made)),
            (f"/predictions/{made}", lambda client: client.remove(made)),
        ]
        for endpoint, call in calls:
            with Stranger(page(f"{status} Moved", f"Location: {there.url}/api/v1{endpoint}")) as here:
                client = Client(here.url, visitor=direct.visitor, token="secret")
                with pytest.raises(NotDigitpad, match=f"redirects to {there.url}: give that one"):
                    call(client)
            assert len(here.asked) == 1
        assert there.asked == []  # neither the visitor nor the token has been there
    assert [each.id for each in direct.predictions()] == [made]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.predict(SEVEN),
        lambda client: client.predict_many([SEVEN]),
        lambda client: list(client.predictions()),
        lambda client: client.image(str(uuid4())),
        lambda client: client.remove(str(uuid4())),
    ],
    ids=["predict", "predict_many", "predictions", "image", "remove"],
)
def test_a_page_is_no_answer_of_digitpad(call: Callable[[Client], object]) -> None:
    login = Stranger(page("200 Please log in"))
    said = f"^{login.url}/api/v1/predictions.*: 200 with b'<html>200 Please log in'$"
    with login, pytest.raises(NotDigitpad, match=said):
        call(Client(login.url))
    assert len(login.asked) == 1


def test_nor_is_what_is_no_text() -> None:
    garbled = b'HTTP/1.1 %s\r\nContent-Length: 26\r\n\r\n{"code":"\xff","version":"\xff"}'
    with Stranger(garbled % b"200 OK") as there, pytest.raises(NotDigitpad):
        Client(there.url).model()
    with Stranger(garbled % b"403 Forbidden") as there, pytest.raises(Refused, match="403 unknown"):
        Client(there.url).model()


def test_nor_is_what_is_nested_too_deeply() -> None:
    nested = b'{"x":' + b"[" * 100_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(nested), nested)
    with Stranger(answer) as there, pytest.raises(NotDigitpad):
        Client(there.url).model()


def test_a_redirect_to_nowhere_is_none() -> None:
    with Stranger(page("304 Not Modified")) as there, pytest.raises(NotDigitpad, match="304 with"):
        Client(there.url).model()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "http://",
        "ftp://host",
        "http://host:eight",
        "http://a b",
        "http://a..b",
        f"http://{'a' * 64}.example",
        "http://host/ü",
        "http://host/?lang=de",
        "http://[1:2]",
        "http://[127.0.0.1]:8000",
    ],
)
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(SettingError, match=f"“{re.escape(url)}” is no address .* http://127.0.0.1:8000"):
        Client(url)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(SettingError, match="“http://…@host” is no address") as raised:
        Client("http://me:secret@host")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "HTTPS://host:8000/",
        "http://[::1]:8000",
        "https://a.host./some/prefix",
        "http://my_app:5000",
    ],
)
def test_any_other_is_taken(url: str) -> None:
    Client(url)


@pytest.mark.parametrize("token", ["two\nlines", "schlüssel"])
def test_a_token_that_cannot_be_sent_is_refused_at_once(token: str) -> None:
    with pytest.raises(SettingError, match="line break"):
        Client("http://host", token=token)


def test_who_never_answers_is_given_up() -> None:
    with pytest.raises(NoAnswer, match="no answer"):
        Client(f"http://127.0.0.1:{free_port()}", retries=1).model()


def test_a_proxy_on_the_way_hears_no_plain_text_however_often_it_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Tunnel() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(NoAnswer):
            Client("https://digitpad.example", token="secret", retries=3).model()
    hello = b"\x16\x03"  # TLS
    assert [said[:2] for said in proxy.said] == [hello] * 4
    assert not any(b"secret" in said for said in proxy.said)


def test_who_asks_too_often_waits_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("digitpad.client._wait", lambda _, at_least: waited.append(at_least))
    with Server(tmp_path, environment={"DIGITPAD_RATE_LIMIT": "1"}) as server:
        client = Client(server.url, retries=2)
        client.model()
        with pytest.raises(Refused, match="429 too-many-requests"):
            client.model()
    assert len(waited) == 2
    assert all(1 <= seconds <= 60 for seconds in waited)


def test_who_is_told_to_wait_for_a_day_is_told_at_once() -> None:
    closed = Stranger(page("503 Service Unavailable", "Retry-After: 86400"))
    with closed, pytest.raises(Refused, match="503 unknown") as refused:
        Client(closed.url).predict(SEVEN)
    assert refused.value.retry_after == 86_400
    assert len(closed.asked) == 1


@pytest.mark.parametrize("after", ["Fri, 31 Dec 2027 23:59:59 GMT", "²", "-5"])
def test_who_is_told_no_number_of_seconds_waits_as_without(after: str) -> None:
    closed = Stranger(page("503 Service Unavailable", f"Retry-After: {after}"))
    with closed, pytest.raises(Refused) as refused:
        Client(closed.url, retries=1).model()
    assert refused.value.retry_after == 0
    assert len(closed.asked) == 2
