"""Offers out of time beside the baselines, on the demo's year and on Online Retail: ``python -m bench offers``.

Each is imported into a base of its own by the commands that a user has; ``zhike evaluate --products`` then prints its
tables, the next basket by category and by product among them.
"""

import time

from bench.bases.imported import imported, run_command


def main() -> None:
    for home in imported():
        begun = time.perf_counter()
        run_command(home, "evaluate", "--products")
        print(f"{time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
