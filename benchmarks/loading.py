"""How long from an empty database to a whole catalog in the API, and what it takes of memory.

python -m benchmarks.loading [--entities 1000 5000]
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.api import Catalog
from benchmarks.processes import cuelight, simulated

SETTLING = 3.0
"""Seconds after which memory is looked at again."""


def measure(entities: int, folder: Path) -> None:
    """Load *entities* and print."""
    with simulated(entities) as simulator, cuelight(folder, simulator=simulator) as process:
        empty = process.megabytes()
        seconds = Catalog(process).wait_for(entities) - process.started
        loaded = process.megabytes()
        time.sleep(SETTLING)
        size = sum(file.stat().st_size for file in folder.glob("cuelight.db*")) / 1024**2
        print(
            f"{entities} entities: visible {seconds:.1f} s after the process was started ({entities / seconds:.0f}/s); "
            f"memory {empty:.0f} MB when it listened, {loaded:.0f} MB when all were visible, "
            f"{process.megabytes():.0f} MB {SETTLING:.0f} s later; database {size:.1f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, nargs="+", default=[1000])
    for entities in parser.parse_args().entities:
        with tempfile.TemporaryDirectory(prefix="cuelight-benchmark-") as folder:
            measure(entities, Path(folder))


if __name__ == "__main__":
    main()
