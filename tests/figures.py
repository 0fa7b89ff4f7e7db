"""Measurements made by tests, printed at the end, even if several processes run the tests."""

from __future__ import annotations

from typing import Any

import pytest

FIGURES = pytest.StashKey[dict[str, dict[str, str]]]()


def figures_of(config: pytest.Config, heading: str) -> dict[str, str]:
    """The figures under a heading, by name: whatever is put into this dictionary is printed."""
    return config.stash.setdefault(FIGURES, {}).setdefault(heading, {})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass them to the process that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash.get(FIGURES, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take them from another process."""
    for heading, figures in getattr(node, "workeroutput", {}).get("figures", {}).items():
        figures_of(node.config, heading).update(figures)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print them."""
    for heading, figures in config.stash.get(FIGURES, {}).items():
        terminalreporter.section(heading)
        for name, value in figures.items():
            terminalreporter.line(f"{name}: {value}")
