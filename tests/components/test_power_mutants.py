"""Whoever breaks a rule of saved state is found out by the schedules of failures."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.components.power_mutants import MUTANTS


@pytest.mark.slow
def test_every_broken_rule_of_saved_state_is_noticed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.components.power_mutants"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )
    told = dict(line.split() for line in done.stdout.splitlines())
    assert told == {name: "unnoticed" if name == "none" else "noticed" for name in MUTANTS}, (
        done.stderr
    )
