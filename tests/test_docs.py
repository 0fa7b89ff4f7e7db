"""The documentation describes everything that exists, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest
from prometheus_client import REGISTRY

from digitpad import client, errors
from digitpad.answers import Prediction
from digitpad.cli import COMMANDS, digitpad
from digitpad.settings import Settings, rows, variable
from digitpad.web import create_app
from digitpad.web.api import openapi
from digitpad.web.exchange import problems

ROOT = Path(__file__).parents[1]
PAGES = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
ALL = "\n".join([*PAGES.values(), (ROOT / "README.md").read_text()])


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> list[openapi.Place]:
    store = f"sqlite:///{tmp_path_factory.mktemp('docs') / 'records.db'}"
    return list(openapi.places(create_app(Settings(store=store))))


def row_of(name: str) -> str:
    """A setting's row in docs/settings.md."""
    row = next(row for row in rows() if row.name == name)
    meaning = row.metadata["meaning"]
    if row.metadata["unit"]:
        meaning += f" ({row.metadata['unit']})"
    if choices := get_args(get_type_hints(Settings)[name]):
        meaning += f". One of {', '.join(f'`{choice}`' for choice in choices)}"
    default = f"`{row.default}`" if row.default != "" else ""
    return f"| `{variable(name)}` | {default} | {meaning} |"


@pytest.mark.parametrize("name", [row.name for row in rows()])
def test_every_setting_has_its_row(name: str) -> None:
    assert row_of(name) in PAGES["settings.md"].splitlines()


def test_no_setting_is_described_that_is_none() -> None:
    named = {
        name
        for name in re.findall(r"DIGITPAD_[A-Z][A-Z_]*[A-Z]", ALL)
        if name != "DIGITPAD_PICTURES"  # the tests'
    }
    assert named <= {variable(row.name) for row in rows()}


def commands(group: click.Command, name: str) -> list[str]:
    if not isinstance(group, click.Group):
        return [name]
    context = click.Context(group)
    found = [(each, group.get_command(context, each)) for each in group.list_commands(context)]
    return [line for each, command in found if command for line in commands(command, f"{name} {each}")]


def test_every_command_is_shown() -> None:
    found = commands(digitpad, "digitpad")
    assert len(found) > len(COMMANDS)
    missing = [command for command in found if not re.search(rf"{command.replace(' ', r'[ `]+')}\b", ALL)]
    assert missing == []


def test_every_endpoint_is_in_the_table(places: list[openapi.Place]) -> None:
    assert [
        f"{place.method} {place.path}"
        for place in places
        if f"`{place.method} {place.path}`" not in PAGES["api.md"]
    ] == []


def test_every_error_code_is_in_the_table_with_its_status(places: list[openapi.Place]) -> None:
    table = {}
    for codes, status in re.findall(
        r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (\d{3}) \|", PAGES["api.md"], re.MULTILINE
    ):
        for code in re.findall(r"`([a-z-]+)`", codes):
            table[code] = int(status)
    answered = {
        code: status
        for place in places
        for status, codes in problems.codes_of(place.endpoint, place.path).items()
        for code in codes
    } | {code: status for status, code in problems.CODES.items()}
    assert table == answered


def test_every_code_that_no_endpoint_answers_with_is_in_the_table_beside_it(
    places: list[openapi.Place],
) -> None:
    sources = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    given = re.findall(r'^    code(?:: ClassVar\[str\])? = "([a-z-]+)"$', sources, re.MULTILINE)
    made = re.findall(r'\bcode="([a-z-]+)"', sources)
    answered = {
        code
        for place in places
        for codes in problems.codes_of(place.endpoint, place.path).values()
        for code in codes
    }
    table = dict(re.findall(r"^\| `([a-z-]+)` \| `([A-Za-z]+)` \|", PAGES["api.md"], re.MULTILINE))
    assert set(table) == {*given, *made} - answered
    for name in table.values():
        assert hasattr(errors, name) or hasattr(client, name), name


def test_every_metric_is_in_the_table() -> None:
    counted = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in REGISTRY.collect()
        if family.name.startswith("digitpad_")
    }
    source = "".join(
        (ROOT / "src" / "digitpad" / "web" / "observing" / name).read_text()
        for name in ("metrics.py", "drift.py")
    )
    looked = set(re.findall(r'"(digitpad_[a-z_]+)"', source))
    described = set(re.findall(r"^\| `(digitpad_[a-z_]+)` \|", PAGES["operating.md"], re.MULTILINE))
    assert described == counted | looked
    dashboard = (ROOT / "deploy" / "grafana-dashboard.json").read_text()
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"digitpad_[a-z_]+", dashboard)}
    assert shown <= described


def test_every_field_of_an_answer_is_shown() -> None:
    assert [name for name in Prediction.__struct_fields__ if name not in PAGES["api.md"]] == []


def test_every_page_is_in_the_index_and_begins_with_what_it_is_for() -> None:
    for name, text in PAGES.items():
        lines = text.splitlines()
        assert lines[0].startswith("# "), name
        assert re.match(r"[A-Z].{30,}", lines[2]), name
        assert name == "README.md" or f"({name})" in PAGES["README.md"], name


def test_no_link_leads_nowhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for path, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text()):
            target = page.parent / path if path else page
            assert target.exists(), f"{page.name}: {path}"
            assert not anchor or anchor in anchors(target.read_text()), f"{page.name}: {path}#{anchor}"


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and others make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_requirement_of_level_1_is_answered() -> None:
    """OWASP ASVS 5.0.0 has 70 of level 1. Each is met, as a test shows, or does not apply."""
    said = PAGES["security.md"].partition("## OWASP ASVS")[2]
    named = re.findall(r"\bV\d+\.\d+\.\d+\b", said)
    assert len(named) == len(set(named)) == 70
    rows = re.findall(r"^\| (V[\d.]+) \|.*\| ([^|]+) \|$", said, re.MULTILINE)
    assert len(rows) == said.count("| V")
    assert [number for number, shown in rows if not re.search(r"`test_\w+`", shown)] == []


def test_every_test_that_is_named_is_there() -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", PAGES["security.md"]))
    assert len(named) > 50
    assert {name for name in named if f"def {name}(" not in tests} == set()
