"""Expected orders and spend of the CDNOW customers, out of time: 39 weeks known, the next 39 weeks asked about."""

import gzip
import sys
import time
from datetime import date
from pathlib import Path

from mining.value.purchase_histories import PurchaseDays
from mining.value.spend_skill import ForecastAccuracy, try_forecast

CDNOW = Path(__file__).resolve().parents[2] / "shared" / "data" / "cdnow_master.txt.gz"
CALIBRATION_DAYS = HOLDOUT_DAYS = 39 * 7
SEED = 7


def main() -> None:
    if not CDNOW.is_file():
        print(f"no {CDNOW.name} in ../shared/data: nothing measured", file=sys.stderr)
        return
    history = cdnow()
    begun = time.perf_counter()
    trial = try_forecast(history, as_of=CALIBRATION_DAYS - 1, days=HOLDOUT_DAYS, seed=SEED)
    seconds = time.perf_counter() - begun
    print(f"{len(trial.forecast.past.index):,} customers, {seconds:.1f} s; weights of model, recent spend and pace: "
          f"{', '.join(f'{weight:.2f}' for weight in trial.forecast.weights)}")
    print(f"{'':26}{'correlation':>12}{'bias':>9}{'root of squared error':>23}")
    for name, accuracy in {"orders": trial.orders, "spend": trial.spend, **trial.baselines}.items():
        _print(name, accuracy)
    print(f"skill beside {trial.best_baseline} {trial.skill:.1%}; 90% intervals cover {trial.coverage:.1%}")


def cdnow() -> PurchaseDays:
    """The file's purchases, days counted from 1997-01-01."""
    start = date(1997, 1, 1).toordinal()
    with gzip.open(CDNOW, "rt") as lines:
        rows = [line.split() for line in lines if line.split()[0].isdigit()]
    return PurchaseDays.of([row[0] for row in rows], [date.fromisoformat(row[1]).toordinal() - start for row in rows],
                           [float(row[3]) for row in rows])


def _print(name: str, accuracy: ForecastAccuracy) -> None:
    print(f"{name:26}{accuracy.correlation:12.3f}{accuracy.bias:+9.1%}{accuracy.squared_error ** 0.5:23.2f}")


if __name__ == "__main__":
    main()
