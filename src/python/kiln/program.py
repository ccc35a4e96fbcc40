# SPDX-License-Identifier: MIT
"""The program: where it is and how it is called."""

import json
import os
import pathlib
import shutil
import subprocess

# Exit codes of the program (README of src/cli).
GOOD, CONDITION_HOLDS, SWEEP_INCOMPLETE = 0, 3, 4


class KilnError(RuntimeError):
    """What the program said it could not do. `exit_code` is the program's."""

    def __init__(self, message, exit_code):
        super().__init__(message)
        self.exit_code = exit_code


def program():
    """Path of the program: $KILN_PROGRAM, else the build of this source tree, else `kiln` of the PATH.

    Raises KilnError where there is none.
    """
    named = os.environ.get("KILN_PROGRAM")
    if named:
        if shutil.which(named) is None:
            raise KilnError(f"KILN_PROGRAM names {named}, which is no program", 2)
        return named
    for folder in pathlib.Path(__file__).resolve().parents:
        built = folder / "build/release/src/cli/kiln"
        if built.is_file():
            return str(built)
    found = shutil.which("kiln")
    if found is None:
        raise KilnError("no program kiln: build it (scripts/build), put it into the PATH or name it in KILN_PROGRAM", 2)
    return found


def value_text(value):
    """A value as a configuration has it: JSON is YAML, except that texts need no quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def set_words(settings):
    """--set and its words; nothing for no settings."""
    if not settings:
        return []
    return ["--set", *(f"{key}={value_text(value)}" for key, value in settings.items())]


def call(words, good=(GOOD,)):
    """Runs the program; returncode and stdout of it. Raises KilnError with its messages for a code not in `good`."""
    done = subprocess.run([program(), *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode not in good:
        raise KilnError(done.stderr.strip() or f"kiln ended with {done.returncode}", done.returncode)
    return done
