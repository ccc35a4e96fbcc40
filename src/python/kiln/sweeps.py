# SPDX-License-Identifier: MIT
"""A sweep and its table."""

import json
import pathlib
import tempfile

from .program import GOOD, SWEEP_INCOMPLETE, KilnError, call, set_words


def axis_name(key, keys):
    """The last word of a key, or the whole key where another one ends alike."""
    last = key.split(".")[-1]
    return last if sum(other.split(".")[-1] == last for other in keys) == 1 else key


def axis(key, values, keys):
    """Bare values, or {label: settings} for values that set several keys."""
    if isinstance(values, dict):
        return {"name": key, "values": [{"label": str(label), "set": from_here(put)} for label, put in values.items()]}
    return {"name": axis_name(key, keys), "key": key, "values": [from_here(value) for value in values]}


def sweep(what, axes=None, settings=None, *, out=None, jobs=None):
    """Runs a sweep and returns its table, a row a point: axes, validity, every number of the summary.

    Without `axes`, `what` is a sweep file or the name of a supplied one. With them it is an experiment (a file; a
    supplied one by its name), and `axes` maps a key to its values ({"training.batch": [1, 8]}) or a name to labels with
    several settings ({"memory": {"fast": {...}, "slow": {}}}). `settings` hold for all points; an axis goes before them.
    Points that fail raise KilnError.
    """
    import pandas

    folder = pathlib.Path(out or tempfile.mkdtemp(prefix="kiln-"))
    results = folder / "sweep" if out is None else folder
    if axes is not None:
        what = written(what, axes, settings or {}, folder if out is None else pathlib.Path(tempfile.mkdtemp(prefix="kiln-")))
        settings = None  # they stand in the file, below the axes
    words = ["sweep", "run", what, "--quiet", "--out", results, *set_words(settings)]
    if jobs is not None:
        words += ["--jobs", jobs]
    if call(words, good=(GOOD, SWEEP_INCOMPLETE)).returncode == SWEEP_INCOMPLETE:
        raise KilnError((results / "sweep.txt").read_text(encoding="utf-8").strip(), SWEEP_INCOMPLETE)
    return pandas.read_csv(results / "sweep.csv")


def from_here(value):
    """Names of files, which a sweep's file takes to be beside it, as whole paths."""
    if isinstance(value, dict):
        return {key: from_here(inner) for key, inner in value.items()}
    return str(pathlib.Path(value).resolve()) if isinstance(value, str) and pathlib.Path(value).is_file() else value


def written(experiment, axes, settings, folder):
    """A sweep file of these axes in `folder`. JSON is YAML."""
    path = pathlib.Path(experiment)
    if not path.exists():
        path = supplied(experiment)
    content = {"name": path.stem, "experiment": str(path.resolve()), "set": from_here(settings),
               "axes": [axis(key, values, axes) for key, values in axes.items()]}
    file = folder / "sweep.yaml"
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return file


def supplied(name):
    """The file of a supplied experiment, as `kiln list` knows it. Raises KilnError with the names that there are."""
    listed = json.loads(call(["list", "experiment", "--format", "json"]).stdout)
    paths = {pathlib.Path(entry["path"]).stem: entry["path"] for entry in listed}
    if name not in paths:
        raise KilnError(f"there is no file {name} and no supplied experiment of that name; there are {', '.join(paths)}",
                        2)
    return pathlib.Path(paths[name])
