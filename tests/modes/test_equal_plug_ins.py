"""A predictor, a replacement policy and a prefetcher of a user's own file work in both shells."""

from pathlib import Path
from typing import Any

import pytest

from cosim import ConfigError, ProtocolError
from cosim.registry import load_file
from tests.modes.machine import TINY, Design, Machine, differences
from tests.modes.programs import random_program

PROGRAM = random_program(5, 300, code_bytes=2048, data_bytes=1 << 14)

TEXT = '''
from components.cache import prefetcher, replacement
from components.cpu import predictor


def predict(table, ip, taken):
    """As it went last time."""
    before = table[ip % len(table)]
    table[ip % len(table)] = taken
    return before


def touch(ages, way, is_fill):
    """Count the uses of a line; one that is new has none."""
    ages[way] = 0 if is_fill else ages[way] + 1


def victim(ages, draw):
    """The line used least often leaves."""
    return ages.argmin()


def ask(table, line, ip, is_hit, is_first_use, wanted):
    """The two lines behind a miss."""
    if is_hit:
        return 0
    wanted[0], wanted[1] = line + 1, line + 2
    return 2


predictor("of_a_file", predict=predict, words=64)
replacement("least_often_of_a_file", touch=touch, victim=victim)
prefetcher("two_behind_of_a_file", ask)
'''


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load the file, as a user's script or `--plugin` does."""
    file = tmp_path_factory.mktemp("plug_ins") / "my_policies.py"
    file.write_text(TEXT)
    load_file(file)


def machine(*, fast: bool, predictor: str = "bimodal", **level: Any) -> Machine:
    cache = {**TINY, **level}
    design = Design(core={"predictor": predictor}, l1=cache, l2={**cache, "size_bytes": 4096})
    return Machine(design, fast=fast)


@pytest.mark.usefixtures("loaded")
def test_both_shells_ask_the_users_functions_and_agree() -> None:
    chosen = {"replacement": "least_often_of_a_file", "prefetcher": "two_behind_of_a_file"}
    plain = machine(fast=True).run(PROGRAM)
    fast, detailed = (
        machine(fast=fast, predictor="of_a_file", **chosen).run(PROGRAM) for fast in (True, False)
    )
    assert differences(fast, detailed) == []
    assert fast.l1d.prefetches_asked.value > plain.l1d.prefetches_asked.value == 0
    assert fast.core.mispredicted.value != plain.core.mispredicted.value
    assert fast.l1d.evictions.value != plain.l1d.evictions.value


def run_with(file: Path, kind: str, *, fast: bool) -> None:
    """Load a plug-in of the file's name and run a program with it."""
    load_file(file)
    machine(fast=fast, **{kind: file.stem}).run(PROGRAM)


REGISTERED = {
    "replacement": "def touch(ages, way, is_fill): pass\n\n\n"
    "replacement('{name}', touch=touch, victim=victim)\n",
    "prefetcher": "prefetcher('{name}', ask)\n",
    "predictor": "predictor('{name}', predict=predict, words=64)\n",
}

WRONG = {
    "def victim(ages): return 0": (ConfigError, "must take 2 arguments, not 1"),
    "def victim(ages, draw): return {}": (ConfigError, "must compile for"),
    "def victim(ages, draw): return 99": (
        ProtocolError,
        "^l1[id]: a replacement policy must choose a way of",
    ),
    "def ask(table, line): return 0": (ConfigError, "must take 6 arguments, not 2"),
    "def ask(t, line, ip, hit, first, wanted): return {}": (ConfigError, "must compile for"),
    "def ask(t, line, ip, hit, first, wanted): return 9": (
        ProtocolError,
        "^l1[id]: a prefetcher must ask for 0 to 8 lines",
    ),
    "def predict(table, ip): return 0": (ConfigError, "must take 3 arguments, not 2"),
    "def predict(table, ip, taken): return {}": (ConfigError, "must compile for"),
}
"""Functions that break their contract: the error, and what it says."""

KINDS = {"victim": "replacement", "ask": "prefetcher", "predict": "predictor"}


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("text", WRONG)
def test_a_function_that_breaks_its_contract_is_refused_in_one_sentence(
    tmp_path: Path, text: str, fast: bool
) -> None:
    error, sentence = WRONG[text]
    function = text.split("(", maxsplit=1)[0].removeprefix("def ")
    kind, name = KINDS[function], f"{function}_{list(WRONG).index(text)}_{fast}"
    file = tmp_path / f"{name}.py"
    file.write_text(
        "from components.cache import prefetcher, replacement\n"
        "from components.cpu import predictor\n\n\n"
        f"{text}\n\n\n{REGISTERED[kind].format(name=name)}"
    )
    with pytest.raises(error, match=sentence) as refusal:
        run_with(file, kind, fast=fast)
    assert "\n" not in str(refusal.value)
    assert error is ProtocolError or f"{kind} {name}.{function}" in str(refusal.value)
