# SPDX-License-Identifier: MIT
# %% [markdown]
# # Does gradient compression keep a chip cooler?
# The fanless box in rooms of 25 and 45 degC, gradients sent whole and as INT8.

# %%
import kiln

table = kiln.sweep(
    "passive_edge",
    {
        "environment.ambient": ["25 degC", "45 degC"],
        "gradients": {
            "whole": {"compression.enabled": False},
            "INT8": {"compression": {"enabled": True, "codec": {"values": "int8"}}},
        },
    },
)
columns = ["step_time_s", "energy_j", "peak_temperature_max_c", "gradient_traffic_share"]
print(table[["ambient [degC]", "gradients", *columns]].to_string(index=False))

# %% [markdown]
# Gradients are a small part of the memory's bytes, so little changes:

# %%
whole, coded = (table[table.gradients == name].set_index("ambient [degC]") for name in ("whole", "INT8"))
saved = 1 - coded.step_time_s / whole.step_time_s
kelvins = coded.peak_temperature_max_c - whole.peak_temperature_max_c
print(f"time saved: {100 * saved.max():.1f} %; hottest block: {kelvins.min():+.2f} to {kelvins.max():+.2f} K")
assert (saved < whole.gradient_traffic_share).all()

# %% [markdown]
# What the room does is another matter:

# %%
warmer = whole.peak_temperature_max_c.diff().iloc[-1]
print(f"a room 20 K warmer: {warmer:+.1f} K")
assert warmer > 5 * abs(kelvins).max()
