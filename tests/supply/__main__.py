"""What we are made of: `python -m tests.supply audit` for `scripts/lint`, `… bill` for `scripts/sbom`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).parents[2]
LOCKS: Final = ("dev", "serve", "train")
BESIDES: Final = {"digitpad", "pip", "setuptools", "wheel"}  # ours, and what every new environment contains
PERMITTED: Final = re.compile(r"MIT|BSD|Apache|PSF|MPL|Mozilla|ISC|Zlib|CC0")
ADVISORIES: Final = 10  # seconds until the advisories count as out of reach
OUT_OF_REACH: Final = re.compile(r"ConnectionError|Timeout|NameResolution|ProxyError|ServiceError|SSLError")


@click.group()
def main() -> None:
    """Look at what is locked."""


@main.command()
def audit() -> None:
    """Check the locks and licences without a network, then ask for known holes where that can be done."""
    faults = [*of_the_locks(), *of_what_is_installed(), *of_licences()]
    for lock in LOCKS:
        found, why = known_holes(lock)
        faults += found
        if why:
            click.echo(f"audit: not asked for known holes, the advisories are out of reach: {why}", err=True)
            break
    if faults:
        raise click.ClickException("\n".join(faults))


@main.command()
@click.argument("lock", default="serve", type=click.Choice(LOCKS))
def bill(lock: str) -> None:
    """Print the bill of materials of a lock as CycloneDX JSON, checked against the format's schema."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "cyclonedx_py",
        "requirements",
        f"requirements/{lock}.txt",
    ]
    command += ["--pyproject", "pyproject.toml", "--short-PURLs", "--output-reproducible", "--validate"]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def locked(lock: str) -> dict[str, tuple[str, int]]:
    """Map each name in a lock to its version and its number of hashes.

    :raises ValueError: a line pins nothing
    """
    held = {}
    text = re.sub(r"\\\n", " ", (ROOT / "requirements" / f"{lock}.txt").read_text())
    for line in re.sub(r"(?m)^\s*#.*$", "", text).splitlines():
        if line.strip():
            pinned = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
            if not pinned:
                raise ValueError(f"requirements/{lock}.txt pins nothing here: {line.strip()[:80]}")
            held[_normal(pinned[1])] = pinned[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line))
    return held


def of_the_locks() -> list[str]:
    """Find entries without hashes, with different versions in the locks, or with an address to fetch from."""
    faults, versions = [], {name: version for name, (version, _) in locked("dev").items()}
    for lock in LOCKS:
        if "://" in (ROOT / "requirements" / f"{lock}.txt").read_text():
            faults.append(f"requirements/{lock}.txt names an address")
        for name, (version, hashes) in locked(lock).items():
            if not hashes:
                faults.append(f"requirements/{lock}.txt: {name} has no hash")
            if versions.setdefault(name, version) != version:
                faults.append(f"requirements/{lock}.txt: {name} {version}, elsewhere {versions[name]}")
    return faults


def of_what_is_installed() -> list[str]:
    """Find what is installed here without being locked, or in another version."""
    held = locked("dev")
    found = {_normal(each.name): each.version for each in metadata.distributions()}
    return [
        f"{name} {version} is installed, locked is {held.get(name, ('nothing',))[0]}"
        for name, version in sorted(found.items())
        if name not in BESIDES and held.get(name, ("",))[0] != version
    ]


def of_licences() -> list[str]:
    """Find what serving needs and may not be redistributed with us."""
    faults = []
    for name in locked("serve"):
        try:
            said = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        classifiers = [each for each in said.get_all("Classifier", []) if each.startswith("License ::")]
        named = [*said.get_all("License-Expression", []), *said.get_all("License", [])]
        licence = "; ".join(each[:200] for each in named + classifiers)
        if not PERMITTED.search(licence):
            faults.append(f"{name}: its licence is not one that we know to fit: {licence}")
    return faults


def known_holes(lock: str) -> tuple[list[str], str]:
    """Known vulnerabilities in a lock; and why the advisories could not be asked, if so."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", f"requirements/{lock}.txt"]
    command += ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    said = subprocess.run(
        [*command, "--timeout", str(ADVISORIES)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(said.stdout)["dependencies"]
    except ValueError:
        why = (said.stderr.strip().splitlines() or [""])[-1]
        if not OUT_OF_REACH.search(said.stderr):
            raise click.ClickException(f"pip-audit failed: {why}") from None
        return [], why.partition(":")[0]
    return [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none'}"
        for package in packages
        for hole in package.get("vulns", [])
    ], ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
