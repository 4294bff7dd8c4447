"""The 20 splits of Hernandez-Lobato and Adams (ICML 2015) of a table: the rows to test on, a tenth each time.

    python3 splits.py ROWS > name.splits.json
"""

import json
import sys

import numpy as np

rows = int(sys.argv[1])
kept = int(round(0.9 * rows))
# The generator of 2015, which NumPy keeps as it was.
generator = np.random.RandomState(1)
splits = [generator.choice(rows, rows, replace=False)[kept:].tolist() for _ in range(20)]
print(json.dumps(splits, separators=(",", ":")))
