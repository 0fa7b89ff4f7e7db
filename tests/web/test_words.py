"""Words: every language is complete, all visible text comes from it, and readers get their own language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

from digitpad.web.exchange.bodies import MAX_BODY
from digitpad.web.pages import words
from tests.server import Server
from tests.web.asking import is_problem, new_visitor

WEB = words.FOLDER.parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
MODULES = sorted((WEB / "static").glob("*.js"))
IN_ENGLISH = {"docs.html"}  # the API's reference, for programmers
NAME = "digitpad"  # the same in every language
SPOKEN = {"alt", "aria-label", "aria-description", "content", "label", "placeholder", "summary", "title"}


def texts(tag: str) -> dict[str, str]:
    file = json.loads((words.FOLDER / f"{tag}.json").read_text())
    assert not set(file["templates"]) & set(file["modules"]), "two sections of one name"
    return dict(words.flat({**file["templates"], **file["modules"]}))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_is_english_and_one_more() -> None:
    assert {"en", "de"} <= set(words.LANGUAGES)


@pytest.mark.parametrize("tag", sorted(words.LANGUAGES))
def test_every_language_says_everything_with_the_same_placeholders(tag: str) -> None:
    english, here = texts("en"), texts(tag)
    # Languages differ in their plural forms; all forms have the placeholders of the English "other".
    plurals = {key.rpartition(".")[0] for key in english if key.endswith(".other")}
    single = {key for key in english if key.rpartition(".")[0] not in plurals}
    assert single == {key for key in here if key.rpartition(".")[0] not in plurals}
    assert [key for key in plurals if f"{key}.other" not in here] == []
    assert [key for key in single if placeholders(english[key]) != placeholders(here[key])] == []
    for key in plurals:
        kinds = [text for name, text in here.items() if name.rpartition(".")[0] == key]
        assert {frozenset(placeholders(text)) for text in kinds} == {
            frozenset(placeholders(english[f"{key}.other"]))
        }
    assert [key for key, text in here.items() if not text.strip()] == []


def test_a_translation_is_one() -> None:
    """A sentence that is the same in both languages was forgotten."""
    english, german = texts("en"), texts("de")
    assert [key for key, text in english.items() if text == german[key] and text.count(" ") > 2] == []


def visible(source: str) -> Iterator[str]:
    """What a template itself shows or has read out: text between tags, and attributes read to users."""
    gap = "\x00"  # stands for an expression's value
    tree = Environment().parse(source)
    html = "".join(
        part.data if isinstance(part, nodes.TemplateData) else gap
        for output in tree.find_all(nodes.Output)
        for part in output.nodes
    )
    html = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    for name, value in re.findall(r'([\w-]+)="([^"]*)"', html):
        is_technical = re.match(r"width=|light dark|#", value)
        if name in SPOKEN and not is_technical:
            yield value
    yield from re.split(r"<[^>]*>|\x00", html)
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            yield from constants(part)


def constants(part: nodes.Node) -> Iterator[str]:
    """Text constants in an expression, without a call of say, such as {{ "Recorded." if recorded }}."""
    if isinstance(part, nodes.Const):
        yield str(part.value)
    elif isinstance(part, nodes.CondExpr):
        yield from constants(part.expr1)
        yield from constants(part.expr2) if part.expr2 else ()
    elif isinstance(part, nodes.Concat | nodes.BinExpr) and not isinstance(part, nodes.Mod):
        for each in part.iter_child_nodes():
            yield from constants(each)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_words_of_its_own(path: Path) -> None:
    if path.name in IN_ENGLISH:
        pytest.skip("stays in English")
    own = [
        " ".join(text.split())
        for text in visible(path.read_text())
        if re.search(r"[^\W\d_]{2}", text.replace(NAME, ""))
    ]
    assert own == []


def literals(source: str) -> Iterator[str]:
    """The string literals in a module, without comments and without the values in template literals."""
    pattern = r'//[^\n]*|/\*.*?\*/|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`'
    for plain, template in re.findall(pattern, source, flags=re.DOTALL):
        yield plain or re.sub(r"\$\{[^}]*\}", "\x00", template)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_module_holds_words_of_its_own(path: Path) -> None:
    source = path.read_text()
    # Text for people begins like a sentence or has several words; selectors and queries look different.
    sentence = re.compile(r"^[A-Z][a-z]+\W*$|[A-Za-z]{2,} [a-z]{2,}|[a-z]+[.,!?…] [A-Za-z]")
    errors = set(re.findall(r'new (?:Type|Range)?Error\((?:"([^"]*)"|`[^`]*`)', source))  # for programmers
    shown = re.findall(
        r'(?:textContent|alt|title|placeholder|ariaLabel)\s*[=:]\s*"([^"]*[A-Za-z][^"]*)"', source
    )
    shown += re.findall(r'setAttribute\("(?:aria-label|title|alt)",\s*"([^"]+)"', source)
    own = [text for text in literals(source) if sentence.search(text) and text not in errors | BROWSERS]
    assert own + shown == []


BROWSERS = {  # strings for browsers or programmers, not for users
    "Files",  # in a DataTransfer
    "Enter",  # a key
    "0.42px sans-serif",  # a canvas's font
    "input, textarea",
    "no words for \x00",
}


def keys_used(paths: list[Path]) -> set[str]:
    """The keys in calls of say; one put together from parts ends in “.” or “_”."""
    found = set()
    for path in paths:
        source = path.read_text()
        found |= set(re.findall(r"\b(?:say|knows|words\.two|two)\(\s*[\"'`]([\w.-]+)", source))
    return found


def test_what_is_said_is_in_the_words_and_the_other_way_round() -> None:
    used = keys_used([*TEMPLATES, *MODULES, WEB / "operator_pages" / "wording.py"])
    every = set(texts("en"))
    begins = tuple(used)
    assert [key for key in used if not any(each == key or each.startswith(key) for each in every)] == []
    indirect = {f"answer.{how}" for how in ("quite_sure", "fairly_sure", "perhaps", "a_guess")}
    assert [key for key in every if not key.startswith(begins) and key not in indirect] == []


# ── Which language somebody gets ─────────────────────────────────────────────────────────────────────────


def page(server: Server, path: str = "/", **headers: str) -> tuple[str, str]:
    answer = server.request(
        "GET", path, headers={name.replace("_", "-"): each for name, each in headers.items()}
    )
    assert answer.status == 200
    vary = answer.headers["Vary"]
    assert "Accept-Language" in vary
    assert "Cookie" in vary
    assert "private" in answer.headers["Cache-Control"]
    html = answer.body.decode()
    tag = re.search(r'<html lang="(\w+)"', html)
    assert tag
    assert answer.headers["Content-Language"] == tag[1]
    assert f"words.{tag[1]}.js" in html
    return tag[1], html


def test_the_browser_says_which_language(server: Server) -> None:
    assert page(server)[0] == "en"
    assert page(server, Accept_Language="fr, ja;q=0.5")[0] == "en"
    assert page(server, Accept_Language="fr, de;q=0")[0] == "en"
    tag, html = page(server, Accept_Language="fr, de-AT;q=0.9, en;q=0.3")
    assert tag == "de"
    assert "Deine Zeichnung" in html
    assert "Your drawing" not in html


def test_a_choice_in_the_address_holds_from_then_on(server: Server) -> None:
    answer = server.request("GET", "/?lang=de")
    cookies = [each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or []]
    assert "digitpad_language=de" in cookies
    assert page(server, "/drawings", Cookie="digitpad_language=de", Accept_Language="en")[0] == "de"
    assert page(server, "/?lang=en", Cookie="digitpad_language=de")[0] == "en"


@pytest.mark.parametrize("path", ["/drawings", "/how", "/kept", "/collect", "/docs", "/operator/login"])
def test_an_address_may_end_with_a_slash(server: Server, path: str) -> None:
    answers = [server.unfollowed("GET", f"{path}{slash}", None, {}) for slash in ("", "/")]
    assert {answer.status for answer in answers} == {200}


def test_an_address_that_leads_nowhere_says_so_in_ones_own_language(server: Server) -> None:
    wanted = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for language, said in (("en", "There is nothing here"), ("de", "Hier ist nichts")):
        for path, status in (("/nowhere", 404), ("/upload", 405)):  # the latter once what a form sent is gone
            answer = server.request("GET", path, headers={**wanted, "Accept-Language": language})
            assert answer.status == status
            page = answer.body.decode()
            assert said in page
            assert 'href="/"' in page
    assert "POST" in answer.headers["Allow"]


def test_the_reference_says_that_it_is_in_english(server: Server) -> None:
    answer = server.request("GET", "/docs", headers={"Accept-Language": "de"})
    assert '<html lang="en">' in answer.body.decode()
    assert answer.headers["Content-Language"] == "en"


def test_a_language_that_is_none_changes_nothing(server: Server) -> None:
    answer = server.request("GET", "/?lang=xx", headers={"Cookie": "digitpad_language=../en"})
    assert '<html lang="en"' in answer.body.decode()
    assert "digitpad_language" not in str(answer.headers.get_all("Set-Cookie"))


def test_each_page_leads_to_the_other_language(server: Server) -> None:
    assert 'href="?lang=de" lang="de" hreflang="de">Deutsch<' in page(server)[1]
    assert (
        'href="?lang=en" lang="en" hreflang="en">English<'
        in page(server, "/drawings", Accept_Language="de")[1]
    )


def test_a_problem_with_an_upload_is_told_in_the_readers_words(server: Server) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\nno\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept-Language": "de"}
    answer = server.request("POST", "/upload", body, headers)
    assert answer.status == 422
    assert "kein vollständiges PNG" in answer.body.decode()


def test_whoever_sends_the_form_reads_a_page_whatever_is_wrong(tmp_path: Path) -> None:
    boundary = "multipart/form-data; boundary=x"
    form = {"Content-Type": boundary, "Accept": "text/html,*/*;q=0.8", "Accept-Language": "de"}
    begin = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
    photo = begin + bytes(MAX_BODY) + b"\r\n--x--\r\n"
    with Server(tmp_path, environment={"DIGITPAD_RATE_LIMIT": "2"}) as server:
        answer = server.request("POST", "/upload", photo, form)
        assert answer.status == 413
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "Höchstens 4 MB werden gelesen" in answer.body.decode()
        foreign = {**form, "Origin": "https://elsewhere.example"}
        answer = server.request("POST", "/upload", b"", foreign)
        assert (answer.status, answer.headers["Content-Language"]) == (403, "de")
        assert "kam nicht von der Seite" in answer.body.decode()
        visitor = {**form, **new_visitor()}
        statuses = [server.request("POST", "/upload", photo[:200], visitor).status for _ in range(2)]
        assert statuses == [422, 422]
        answer = server.request("POST", "/upload", photo[:200], visitor)
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert "Das war viel auf einmal" in answer.body.decode()
        program = {"Content-Type": boundary, "Cookie": visitor["Cookie"]}
        is_problem(server.request("POST", "/upload", photo[:200], program), 429, "too-many-requests")


def test_values_in_words_are_safe() -> None:
    said = words.LANGUAGES["en"].say("index.kept_in", store="<b>")
    assert str(said) == "Records are kept in &lt;b&gt;"


def test_the_application_is_installed_in_the_readers_language(server: Server) -> None:
    address = re.search(r'rel="manifest" href="([^"]+)"', page(server, Accept_Language="de")[1])
    assert address
    manifest = server.request("GET", address[1]).json()
    assert manifest["lang"] == "de"
    assert manifest["description"] == texts("de")["page.motto"]
    assert manifest["start_url"] == "../../"
