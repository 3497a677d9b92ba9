"""Run every measurement, or those named: ``python -m bench [NAME ...] [--option ...]``."""

import importlib
import pkgutil
import sys
from itertools import takewhile

import bench

_NO_MEASUREMENTS = {"__main__", "bases"}


def main() -> None:
    known = sorted({module.name for module in pkgutil.iter_modules(bench.__path__)} - _NO_MEASUREMENTS)
    names = list(takewhile(lambda word: not word.startswith("--"), sys.argv[1:]))
    sys.argv[1:] = sys.argv[1 + len(names):]  # what is left is for the measurement
    for name in names or known:
        print(f"\n== {name}")
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
