# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # A run in numpy
#
# A run's folder holds plain files. This notebook loads them into numpy tables and plots them, with
# no further package. Open it in Jupyter through jupytext, or run it as a script:
#
#     python scenarios/notebooks/exploring.py runs/lenet5/latest

# %%
import csv
import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

if "ipykernel" not in sys.modules:
    mpl.use("Agg")  # no screen is needed to run this as a script
import matplotlib.pyplot as plt

from scenarios.measures.transactions import NEVER_PS, read_transactions
from scenarios.running.run_folder import locate
from scenarios.showing.why import Why

IS_SCRIPT = "ipykernel" not in sys.modules and len(sys.argv) > 1
run = locate(sys.argv[1] if IS_SCRIPT else "lenet5", Path("runs"))  # a folder, or the last run
metrics = json.loads((run / "metrics.json").read_text())
print(
    run.name, metrics["network"], f"{metrics['time_ps'] / 1e6:.3f} us", f"IPC {metrics['ipc']:.2f}"
)

# %% [markdown]
# ## Layers
# `layers.csv` as a numpy table: one row a layer.

# %%
with (run / "layers.csv").open() as stream:
    rows = list(csv.DictReader(stream))
longest = max((len(row["name"]) for row in rows), default=1)
layers = np.array(
    [
        (row["name"], int(row["start_ps"]), int(row["end_ps"]), float(row["energy_pj"]))
        for row in rows
    ],
    dtype=[("name", f"U{longest}"), ("start_ps", "i8"), ("end_ps", "i8"), ("energy_pj", "f8")],
)
took_ns = (layers["end_ps"] - layers["start_ps"]) / 1e3
names = np.unique(layers["name"])
by_name = {name: took_ns[layers["name"] == name].mean() for name in names}

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.5))
left.barh(list(by_name), list(by_name.values()))
left.set_xlabel("ns a layer, mean over images")

# %% [markdown]
# ## Transactions
# Every access of the run: who asked whom, for what, from when until when. Times are picoseconds.

# %%
kept = read_transactions(run)
answered = kept.rows[kept.rows["end_ps"] != NEVER_PS]
latency_ps = answered["end_ps"] - answered["begin_ps"]
for number, line in enumerate(kept.lines):
    mine = latency_ps[answered["line"] == number]
    if len(mine):
        mean, most = mine.mean() / 1e3, mine.max() / 1e3
        print(f"{line.initiator:28} {len(mine):8,} {mean:9.2f} ns {most:9.2f} ns")

at_memory = answered["bank"] >= 0
right.hist(latency_ps[at_memory] / 1e3, bins=40)
right.set_xlabel("latency of reads of the memory (ns)")
fig.savefig(run / "exploring.png", dpi=120)

# %% [markdown]
# ## Where the time went
# The slowest access, share by share; the shares add up exactly.

# %%
causes = Why(kept)
number = causes.find("slowest")
shares = causes.shares(number)
for share in shares:
    print(f"{share.where:22} {share.what:38} {share.time_ps / 1e3:9.3f} ns")
row = kept.rows[number]
assert sum(share.time_ps for share in shares) == row["end_ps"] - row["begin_ps"]

# %% [markdown]
# All misses together: how much of their time each part had.

# %%
spent: dict[str, int] = {}
for number in causes.roots.tolist():
    for share in causes.shares(number):
        spent[share.where] = spent.get(share.where, 0) + share.time_ps
whole = sum(spent.values())
for where, time_ps in sorted(spent.items(), key=lambda pair: -pair[1]):
    print(f"{where:22} {100 * time_ps / whole:6.2f} %")
