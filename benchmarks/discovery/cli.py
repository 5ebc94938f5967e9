"""The commands of the measurement."""

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click

import convlint
from benchmarks.discovery.packages import PACKAGES, Package, install
from benchmarks.discovery.report import as_markdown
from benchmarks.zoo.isolate import Record
from benchmarks.zoo.store import Store, default_root

_CACHE = click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=default_root("discovery"),
    envvar="CONVLINT_DISCOVERY_CACHE",
    show_envvar=True,
    help="Folder of the packages and the records.",
)


@click.group(help=__doc__)
def main() -> None:
    pass


@main.command()
@click.option("--package", "names", multiple=True, type=click.Choice([each.name for each in PACKAGES]), help="Only it.")
@click.option("--redo", is_flag=True, help="Check again what has a record made by the same sources, too.")
@click.option("--seconds", default=20.0, show_default=True, help="Time limit of one model.")
@click.option("--package-seconds", default=3600.0, show_default=True, help="Time limit of one package.")
@_CACHE
def run(names: tuple[str, ...], redo: bool, seconds: float, package_seconds: float, cache: Path) -> None:
    """Check the packages one by one, and print the tables."""
    wanted = tuple(each for each in PACKAGES if not names or each.name in names)
    site = cache.absolute() / "site"
    install(site, only=wanted)
    store = _store(cache)
    for package in wanted:
        if redo or not store.is_current(package.name):
            click.echo(f"checking {package.requirement}", err=True)
            store.write(package.name, _check(site, package, seconds, package_seconds))
    click.echo(as_markdown(_records(store)))


@main.command()
@_CACHE
def report(cache: Path) -> None:
    """Print the tables of what was measured so far."""
    click.echo(as_markdown(_records(_store(cache))))


def _check(site: Path, package: Package, seconds: float, package_seconds: float) -> Record:
    """What the command line says of one package, run from the folder that holds it."""
    command = [sys.executable, "-m", "convlint", "check", package.folder, "--output-format", "json"]
    command += ["--isolated", "--no-cache", "--jobs", "1"]
    paths = [str(Path(convlint.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "HF_HUB_OFFLINE": "1"}
    started = time.monotonic()
    try:
        done = subprocess.run(
            [*command, "--timeout", str(seconds)],
            cwd=site,
            env=environment,
            capture_output=True,
            text=True,
            timeout=package_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"package": package.requirement, "crash": f"not done after {package_seconds:g} s"}
    elapsed = time.monotonic() - started
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return {"package": package.requirement, "crash": (done.stderr or done.stdout)[-500:]}
    return {"package": package.requirement, "seconds": elapsed, **found}


def _records(store: Store) -> dict[str, Record]:
    found = {package.name: store.read(package.name) for package in PACKAGES}
    return {name: record for name, record in found.items() if record is not None}


def _store(cache: Path) -> Store:
    """The records, which are current as long as convlint's sources and torch are the same."""
    digest = hashlib.sha256()
    for path in sorted(Path(convlint.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return Store(cache, "checked", f"torch {importlib.metadata.version('torch')} convlint {digest.hexdigest()[:12]}")
