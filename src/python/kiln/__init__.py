# SPDX-License-Identifier: MIT
"""Runs and sweeps of Kiln as data frames. A thin layer: it calls the program `kiln` and reads what that wrote.

    import kiln
    result = kiln.run("quickstart", {"training.batch": 16})
    result["step_time_s"], result.layers.groupby("phase").energy_j.sum()
    kiln.sweep("passive_edge", {"environment.ambient": ["25 degC", "45 degC"]})
"""

from .program import KilnError, program
from .results import Result, run
from .sweeps import sweep

__all__ = ["KilnError", "Result", "program", "run", "sweep"]
