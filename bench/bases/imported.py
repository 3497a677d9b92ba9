"""Real data imported into bases of their own, by the commands that a user has."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
_BASES = {"complete_journey": (), "online_retail": (("lines", _DATA / "online_retail.csv.gz"),)}
"""Mappings and the files that they read."""


def imported() -> Iterator[Path]:
    """The home of each base, which is gone once the next is asked for; its mapping is printed, or what is missing."""
    for mapping, files in _BASES.items():
        missing = [path for _, path in files if not path.is_file()]
        if missing:
            print(f"no {missing[0].name} in ../shared/data: {mapping} is not measured", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            options = [word for name, path in files for word in ("--file", f"{name}={path}")]
            run_command(home, "import", mapping, *options, quiet=True)
            print(f"-- {mapping}", flush=True)
            yield home


def run_command(home: Path, *words: str, quiet: bool = False) -> None:
    """One command of ``zhike`` on the base in ``home``."""
    subprocess.run([Path(sys.executable).with_name("zhike"), *words], check=True,  # noqa: S603
                   env=os.environ | {"ZHIKE_HOME": str(home)}, stdout=subprocess.DEVNULL if quiet else None)
