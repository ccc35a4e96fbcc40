# SPDX-License-Identifier: MIT
# %% [markdown]
# # A chip of your own
# Begin one from a supplied chip and ask what a larger array or wider links of its network buy.

# %%
import pathlib
import subprocess
import tempfile

import kiln

folder = pathlib.Path(tempfile.mkdtemp())
subprocess.run([kiln.program(), "new", "chip", str(folder / "mine"), "--like", "edge_lpddr5"], check=True)

# %% [markdown]
# `kiln explain soc.npu.rows` says what a key means. A sweep of two keys is a table with a row for each pair:

# %%
table = kiln.sweep(
    "passive_edge",
    {"soc.npu.rows": [16, 32], "links": {"narrow": {"soc.noc.link_bytes": "4 B"}, "wide": {}}},
    settings={"soc": str(folder / "mine.yaml")},
)
print(table[["rows", "links", "validity", "step_time_s", "energy_j", "die_area_m2"]].to_string(index=False))

# %%
at = table.set_index(["rows", "links"])
assert at.loc[(32, "wide"), "die_area_m2"] > at.loc[(16, "wide"), "die_area_m2"]
assert at.loc[(32, "narrow"), "step_time_s"] > at.loc[(32, "wide"), "step_time_s"]
