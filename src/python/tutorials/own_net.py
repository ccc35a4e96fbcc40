# SPDX-License-Identifier: MIT
# %% [markdown]
# # A network of your own
# Begin one from a supplied file, change a layer, and see where a training step's time and joules go. Every cell runs as it
# stands; editors that know `# %%` show them as a notebook.

# %%
import pathlib
import subprocess
import tempfile

import kiln

folder = pathlib.Path(tempfile.mkdtemp())
subprocess.run([kiln.program(), "new", "net", str(folder / "mine"), "--like", "lenet5_r28"], check=True)
network = folder / "mine.yaml"

# %% [markdown]
# The file says what each key means. Twice as wide a second convolution is one word:

# %%
text = network.read_text()
wider = folder / "wider.yaml"
wider.write_text(text.replace("name: c2, op: conv, out: 16", "name: c2, op: conv, out: 32"))
assert wider.read_text() != text

# %%
once = {"run.horizon": "steps", "run.steps": 1}
runs = {file.stem: kiln.run("passive_edge", {"workload": str(file), **once}) for file in (network, wider)}
for name, run in runs.items():
    print(f"{name}: {1e3 * run['step_time_s']:.3f} ms, {1e3 * run['energy_j']:.2f} mJ a step, {run.state}")
assert runs["wider"]["energy_j"] > runs["mine"]["energy_j"]

# %% [markdown]
# By layer and phase, which add up to the step:

# %%
layers = runs["wider"].layers
by_layer = layers.groupby("layer").energy_j.sum().sort_values(ascending=False)
print(by_layer.head())
assert abs(by_layer.sum() / runs["wider"]["energy_j"] - 1) < 1e-6
