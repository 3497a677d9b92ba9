"""Offers out of time beside the baselines, on the demo's year and on Online Retail: ``python -m bench offers``.

Each is imported into a base of its own by the commands that a user has; ``zhike evaluate`` then prints its tables.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BASES = {"complete_journey": (), "online_retail": (("lines", _DATA / "online_retail.csv.gz"),)}
"""Mappings and the files that they read."""


def main() -> None:
    for mapping, files in BASES.items():
        missing = [path for _, path in files if not path.is_file()]
        if missing:
            print(f"no {missing[0].name} in ../shared/data: {mapping} is not measured", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as folder:
            options = [word for name, path in files for word in ("--file", f"{name}={path}")]
            run_command(Path(folder), "import", mapping, *options, quiet=True)
            begun = time.perf_counter()
            print(f"-- {mapping}", flush=True)
            run_command(Path(folder), "evaluate")
            print(f"{time.perf_counter() - begun:.1f} s")


def run_command(home: Path, *words: str, quiet: bool = False) -> None:
    """One command of ``zhike`` on the base in the folder ``home`` of a folder."""
    subprocess.run([Path(sys.executable).with_name("zhike"), *words], check=True,  # noqa: S603
                   env=os.environ | {"ZHIKE_HOME": str(home / "home")}, stdout=subprocess.DEVNULL if quiet else None)


if __name__ == "__main__":
    main()
