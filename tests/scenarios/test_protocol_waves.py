"""The waves of every shipped protocol: states in words, a marker where its contract was broken."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from components.coprocessor import PROTOCOLS, chosen
from components.imac.conformance import MISUSES
from components.imac.protocols import NAMES
from cosim import override
from scenarios import lenet5
from scenarios.running.inference import InferenceConfig
from scenarios.scenario import Mode, RunOptions, Trace
from tests.waveforms.reading import changes
from waveforms import gtkwave

BROKEN = re.compile(r"store_element(?: of 0)? by core at (\d+) ps in (\w+) is not legal")

REGISTERS = {
    "dma": ("SOURCE", "COUNT", "FETCH"), "mapped": ("SOURCE", "COUNT", "FETCH"),
    "tagged": ("LOCK",), "early_exit": ("EXIT",),
}  # fmt: skip
"""Those that a protocol adds."""

Played = Callable[[str], tuple[Path, str]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Return a function that runs a digit over a protocol, with an input stored too late, once.

    It gives the folder with the waves, and what the run says was broken.
    """
    known: dict[str, tuple[Path, str]] = {}

    def play(name: str) -> tuple[Path, str]:
        if name not in known:
            folder = tmp_path_factory.mktemp(name)
            kind = PROTOCOLS.find(name)
            late = MISUSES["element_while_computing"](list(chosen(name).steps()))
            config = override(InferenceConfig(), "soc.imac.protocol", name)
            config = override(config, "soc.imac.misuse.store_while_computing", "accept")
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(kind, "driver", lambda config: late)
                options = RunOptions(config, folder, Mode.FAST, Trace.PROTOCOL)
                known[name] = folder, dict(lenet5.run(options).rows)["broken"]
        return known[name]

    return play


def markers(save_file: Path) -> dict[str, int]:
    """Return the named markers of a save file: ps by name."""
    lines = save_file.read_text().splitlines()
    times = next(line for line in lines if line.startswith("*")).split()[2:]
    named = [line.partition("] ")[2] for line in lines if line.startswith("[markername]")]
    return {text[1:]: int(times[ord(text[0]) - ord("A")]) for text in named}


@pytest.mark.parametrize("name", NAMES)
def test_states_are_words_and_a_marker_is_where_the_contract_was_broken(
    name: str, played: Played
) -> None:
    folder, broken = played(name)
    found = BROKEN.search(broken)
    assert found is not None
    at_ps, state = int(found[1]), found[2]
    assert state == ("FETCHING" if name == "dma" else "COMPUTING")  # `mapped` has one line to read
    waves = changes(folder / "trace.vcd")
    states = waves["soc.imac.hand_off"]
    assert {told for _, told in states} >= {"IDLE", "LOADING", "COMPUTING", "CONVERTING", "DONE"}
    assert [told for when_ps, told in states if when_ps <= at_ps][-1] == state
    assert markers(folder / "trace.gtkw")[f"store_element in {state}"] == at_ps
    stores = waves["soc.coprocessor_bus.operation"]
    assert [told for when_ps, told in stores if when_ps <= at_ps][-1] == "STORE_IMAC"


@pytest.mark.gtkwave
@pytest.mark.slow
@pytest.mark.skipif(
    bool(gtkwave.missing_programs()), reason=f"missing: {gtkwave.missing_programs()}"
)
@pytest.mark.parametrize("name", NAMES)
def test_gtkwave_opens_them_with_every_trace(name: str, played: Played) -> None:
    save_file = played(name)[0] / "trace.gtkw"
    declared = gtkwave.declared_traces(save_file)
    assert "soc.imac.hand_off" in declared
    for register in REGISTERS.get(name, ()):
        assert any(trace.startswith(f"soc.imac.protocol.{register}") for trace in declared)
    assert gtkwave.shown(save_file).traces == declared
