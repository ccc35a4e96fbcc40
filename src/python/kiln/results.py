# SPDX-License-Identifier: MIT
"""A run and its folder."""

import functools
import json
import pathlib
import tempfile

from .program import CONDITION_HOLDS, GOOD, call, set_words


def flat(tree, prefix=""):
    """Numbers of nested maps by dotted names, as kiln explain knows them."""
    numbers = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            numbers.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            numbers[prefix + key] = value
    return numbers


class Result:
    """What a run folder holds. Tables are read when they are first asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.summary = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))
        self.numbers = flat({k: v for k, v in self.summary.items() if k not in ("band", "validity")})

    def __getitem__(self, key):
        """A number of the summary by its dotted name; KeyError for one that it has not."""
        return self.numbers[key]

    def __repr__(self):
        return f"<kiln.Result {self.folder} {self.state}>"

    @property
    def state(self):
        """ok, warn or invalid."""
        return self.summary.get("validity", {}).get("state", "ok")

    @property
    def text(self):
        """The answers as the program prints them."""
        return (self.folder / "summary.txt").read_text(encoding="utf-8")

    def table(self, name):
        """A table of the folder ("layers", "series", "windows", "area", "energies") as a data frame."""
        import pandas  # only here: runs need no pandas

        return pandas.read_csv(self.folder / f"{name}.csv")

    @functools.cached_property
    def layers(self):
        """Time, stalls, bytes and joules by layer and phase."""
        return self.table("layers")

    @functools.cached_property
    def series(self):
        """Power, clock and temperatures over device time."""
        return self.table("series")

    @functools.cached_property
    def stats(self):
        """Every metric with value, unit and description."""
        import pandas

        stats = json.loads((self.folder / "stats.json").read_text(encoding="utf-8"))
        return pandas.DataFrame.from_dict(stats, orient="index")


def run(experiment, settings=None, *, out=None, chip=None, seed=None):
    """Runs an experiment, a model (.onnx, config.json) or a supplied experiment by its name.

    `settings` are keys of the configuration with their values. `out` is the folder of the results (default: a new
    temporary one that stays). An invalid result is one (`state`); everything else that goes wrong raises KilnError.
    """
    folder = out or pathlib.Path(tempfile.mkdtemp(prefix="kiln-")) / "run"
    words = ["run", experiment, "--quiet", "--out", folder, *set_words(settings)]
    if chip is not None:
        words += ["--chip", chip]
    if seed is not None:
        words += ["--seed", seed]
    call(words, good=(GOOD, CONDITION_HOLDS))
    return Result(folder)
