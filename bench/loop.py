"""The closed loop from raw files to live recommendations: time of each stage, rows a second, peak memory."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from api.cli import demo
from api.settings import Settings

_MEGABYTE_IN_KILOBYTES = 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "base")
        begun = time.perf_counter()
        told = demo.tell(settings, mapping="complete_journey", overrides={}, serve=False,
                         say=lambda line: print(line, file=sys.stderr))
        print(f"{'stage':24}{'seconds':>9}")
        for stage, seconds in told.seconds.items():
            print(f"{stage:24}{seconds:9.1f}")
        print(f"{'all':24}{time.perf_counter() - begun:9.1f}")
    print(f"rows a second, intake   {told.rows_read / told.seconds['import']:9,.0f}")
    print(f"decisions a second      {told.customers / told.seconds['decide']:9,.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MEGABYTE_IN_KILOBYTES
    print(f"peak memory, MB         {peak:9,.0f}")


if __name__ == "__main__":
    main()
