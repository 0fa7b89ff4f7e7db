"""An attacker's afternoon: what strangers try over HTTP, on the raw connection and through nginx."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from PIL import Image, PngImagePlugin

from tests.needs import missing
from tests.server import Server, free_port, wait_until
from tests.web.asking import PREDICTIONS, SEVEN, is_problem, new_visitor

ROOT = Path(__file__).parents[2]
SCRIPT = "<script>alert(1)</script>"
CLOSES = 30  # seconds to wait until the server has answered and closed
INSIDE = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = f"0\r\n\r\n{INSIDE}"
POST = "POST /predict/ HTTP/1.1\r\nHost: a\r\n"

SMUGGLED = {
    "two lengths": f"{POST}Content-Length: 0\r\nContent-Length: {len(INSIDE)}\r\n\r\n{INSIDE}",
    "a list of lengths": f"{POST}Content-Length: 0, {len(INSIDE)}\r\n\r\n{INSIDE}",
    "a signed length": f"{POST}Content-Length: +{len(INSIDE)}\r\n\r\n{INSIDE}",
    "a negative length": f"{POST}Content-Length: -1\r\n\r\n{INSIDE}",
    "a length in hexadecimal": f"{POST}Content-Length: 0x1\r\n\r\n{INSIDE}",
    "length and chunks": f"{POST}Content-Length: {len(CHUNKED)}\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKED}",
    "chunks that are not last": f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n{CHUNKED}",
    "another coding": f"{POST}Transfer-Encoding: xchunked\r\n\r\n{CHUNKED}",
    "a blank before the colon": f"{POST}Transfer-Encoding : chunked\r\nContent-Length: 3\r\n\r\n{CHUNKED}",
    "a folded header": f"{POST}Transfer-Encoding:\r\n chunked\r\n\r\n{CHUNKED}",
    "a chunk's size that is none": f"{POST}Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{INSIDE}",
    "an endless chunk's size": f"{POST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{INSIDE}",
    "a bare line feed in a header": f"{POST}X-A: b\nTransfer-Encoding: chunked\r\n\r\n{CHUNKED}",
    "a null byte in a header": f"{POST}X-A: \0\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKED}",
    "chunks in HTTP/1.0": f"POST /predict/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKED}",
}
"""What two servers in a row might cut apart at different places; some is right, and then all agree on one cut."""

PATHS = (
    "/static/../../../../etc/passwd",
    "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/....//....//etc/passwd",
    "/static//etc/passwd",
    "/static/%00/etc/passwd",
    "/static/digitpad.css%00.png",
    "/static/..%5c..%5cetc%5cpasswd",
    "/static/%c0%ae%c0%ae/etc/passwd",
    "/.git/config",
    "/.env",
    "/server.log",
    "//example.org/%2f..",
    "/\\example.org",
    f"{PREDICTIONS}/../../../etc/passwd",
    "/operator/../operator",
    "/static;/../operator",
    "/OPERATOR",
)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, int]]:
    """A server behind nginx as docs/operating.md configures it, and nginx's port."""
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not binary:
        missing("nginx is missing: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    (location,) = re.findall(
        r"    location /digits/ \{.*?\n    \}", (ROOT / "docs/operating.md").read_text(), re.DOTALL
    )
    with Server(folder, environment={"DIGITPAD_PROXIES": "1", "DIGITPAD_RATE_LIMIT": "0"}) as server:
        port = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;\n"
            f"fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n"
            f"server {{ listen 127.0.0.1:{port}; client_max_body_size 5m;\n"
            f"{location.replace('127.0.0.1:8000', f'127.0.0.1:{server.port}')} }} }}\n"
        )
        process = subprocess.Popen([binary, "-c", configuration, "-e", folder / "nginx.log"])
        try:
            wait_until(lambda: on_the_wire(port, "GET /digits/healthz HTTP/1.0\r\nHost: a\r\n\r\n"))
            yield server, port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def on_the_wire(port: int, sent: str, silence: float = 2) -> str:
    """Everything that comes back until the server closes, or is silent for so many seconds."""
    came = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=silence) as connection:
            connection.sendall(sent.encode("latin-1"))
            while more := connection.recv(65_536):
                came += more
    except OSError:
        pass
    return came.decode("latin-1")


def statuses(came: str) -> list[int]:
    return [int(status) for status in re.findall(r"^HTTP/1\.[01] (\d{3})", came, re.MULTILINE)]


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_request_that_can_be_cut_in_two_ways_is_refused_or_cut_in_one(server: Server, name: str) -> None:
    """Only the first request is answered, and what follows is not taken for another."""
    came = statuses(on_the_wire(server.port, SMUGGLED[name]))
    assert 500 not in came
    assert len(came) <= 1, came


@pytest.mark.parametrize("name", SMUGGLED)
def test_nothing_is_smuggled_past_nginx(nginx: tuple[Server, int], name: str) -> None:
    """Both count what nginx lets through as equally many requests, so that none reaches the server unseen."""
    server, port = nginx
    before = server.log.read_text().count("smuggled")
    came = on_the_wire(port, SMUGGLED[name].replace("/predict/", "/digits/predict/"))
    assert 500 not in statuses(came)
    well = on_the_wire(port, "GET /digits/healthz HTTP/1.0\r\nHost: a\r\n\r\n", CLOSES)
    assert statuses(well) == [200]
    assert server.log.read_text().count("smuggled") == before


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_house(server: Server, nginx: tuple[Server, int], path: str) -> None:
    for port, prefix in ((server.port, ""), (nginx[1], "/digits")):
        came = on_the_wire(port, f"GET {prefix}{path} HTTP/1.0\r\nHost: a\r\n\r\n", CLOSES)
        (status,) = statuses(came)
        # nginx takes “//a/%2f..” for the page itself.
        assert status in {301, 308, 400, 401, 404, 405} or (status == 200 and path.startswith("//")), came
        assert "root:" not in came
        assert not re.search(r"(?im)^location: *(?:https?:)?[/\\]{2}(?!a/)", came), "led to another site"


def test_too_many_headers_are_refused(server: Server) -> None:
    many = "".join(f"X-{number}: a\r\n" for number in range(500))
    came = on_the_wire(server.port, f"GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")
    assert statuses(came) in ([431], [400])
    long = on_the_wire(server.port, f"GET /{'a' * 100_000} HTTP/1.1\r\nHost: a\r\n\r\n")
    assert statuses(long)[:1] in ([414], [431], [400], [])
    assert server.request("GET", "/healthz").status == 200


def test_a_strange_host_leads_nobody_away(server: Server) -> None:
    headers = {**new_visitor(), "Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = server.request("POST", PREDICTIONS, SEVEN, headers)
    assert answer.status == 201
    assert answer.headers["Location"].startswith("/api/")
    assert b"evil.example" not in server.request("GET", "/", headers=headers).body
    for method, path in (("POST", "/predict"), ("GET", "/api//v1/model"), ("GET", "/collect//x")):
        led = server.unfollowed(method, path, b"x" if method == "POST" else None, headers)
        assert led.status in {404, 422}
        assert b"evil.example" not in led.body


@pytest.mark.parametrize(
    "guess",
    ["", "x", "81b175f0-eb1e-11f1-b0de-0242ac110002", str(UUID(int=0)), "' OR 1=1 --", "../../x", SCRIPT],
)
def test_a_cookie_that_we_did_not_make_is_nobody(server: Server, guess: str) -> None:
    server.request("POST", PREDICTIONS, SEVEN, new_visitor())
    answer = server.request("GET", PREDICTIONS, headers={"Cookie": f"digitpad_visitor={guess}"})
    assert answer.status == 200
    assert answer.json()["predictions"] == []


def test_guessed_visitors_find_nothing_and_ids_are_not_cookies(server: Server) -> None:
    visitor = new_visitor()
    made = server.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"]
    for _ in range(50):
        guessed = {"Cookie": f"digitpad_visitor={uuid4()}"}
        assert server.request("GET", PREDICTIONS, headers=guessed).json()["predictions"] == []
    is_problem(server.request("GET", f"{PREDICTIONS}/{made}", headers=new_visitor()), 404, "not-found")
    assert str(visitor["Cookie"].partition("=")[2]) not in server.request("GET", "/metrics").body.decode()


def test_script_in_a_picture_does_not_come_out_again(guarded: Server, operator: dict[str, str]) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SCRIPT)
    sent = io.BytesIO()
    Image.new("L", (40, 40), 255).save(sent, "PNG", pnginfo=notes)
    visitor = new_visitor()
    headers = {**visitor, "Content-Type": "image/png", "User-Agent": SCRIPT, "X-Request-Id": SCRIPT}
    answer = guarded.request("POST", PREDICTIONS, sent.getvalue() + SCRIPT.encode(), headers)
    made = answer.json()["id"]
    kept = guarded.request("GET", f"{PREDICTIONS}/{made}/image.png", headers=visitor)
    assert kept.headers["Content-Type"] == "image/png"
    assert kept.headers["X-Content-Type-Options"] == "nosniff"
    seen = [
        guarded.request("GET", f"{PREDICTIONS}/export", headers=visitor),
        *(
            guarded.request("GET", path, headers=operator)
            for path in (f"/operator/predictions/{made}", "/operator")
        ),
    ]
    assert all(SCRIPT.encode() not in each.body for each in [answer, kept, *seen])
    assert SCRIPT not in guarded.log.read_text()


def test_a_problem_says_what_was_sent_as_text_only(server: Server) -> None:
    answer = server.request("GET", f"{PREDICTIONS}?limit={SCRIPT.replace('<', '%3C').replace('>', '%3E')}")
    is_problem(answer, 400, "bad-parameter")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert SCRIPT.encode() not in server.request("GET", "/%3Cscript%3Ealert(1)%3C/script%3E").body
