"""Run every measurement: ``python -m bench [NAME ...]``."""

import importlib
import pkgutil
import sys

import bench


def main() -> None:
    known = sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if module.name != "__main__")
    for name in sys.argv[1:] or known:
        print(f"\n== {name}")
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
