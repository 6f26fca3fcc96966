"""The example of the kernel's README: a contract, a module that follows it, and what comes out."""

import re

import pytest

from cosim import Clock, ProtocolError, Simulator
from cosim.state_diagram import to_mermaid
from tests.kernel.protocol_doorbell import Bell, Ring
from waveforms.vcd import VcdFile


def test_the_example_of_the_readme_prints_what_the_readme_says(capsys):
    with Simulator(clock=Clock(1_000_000_000)) as sim:
        bell = Bell("bell", sim)
        bell.spawn(bell.one_job(work_ps=5_000))
        sim.run()
        print(bell.hand_off.coverage.table())
        print(to_mermaid(Ring))
        bell.hand_off.ring()
        with pytest.raises(ProtocolError) as refused:
            bell.hand_off.read()
    assert str(refused.value) == (
        "bell.hand_off: read by core at 5000 ps in BUSY is not legal; legal there: finish by array"
    )
    printed = capsys.readouterr().out
    assert "Ring: 3 of 3 states, 2 of 4 arcs" in printed
    assert "    BUSY --> DONE : finish by array" in printed


def test_a_job_shorter_than_four_cycles_is_refused():
    with Simulator(clock=Clock(1_000_000_000)) as sim:
        bell = Bell("bell", sim)
        bell.spawn(bell.one_job(work_ps=3_000))
        with pytest.raises(ProtocolError) as refused:
            sim.run()
    assert str(refused.value) == (
        "bell.hand_off: finish by array at 3000 ps in BUSY must come 4000 ps or more after ring "
        "at 0 ps (from bell to result); it came 1000 ps too early"
    )


def test_the_states_are_words_in_the_waves(tmp_path):
    path = tmp_path / "bell.vcd"
    with Simulator(clock=Clock(1_000_000_000)) as sim:
        bell = Bell("bell", sim)
        sim.observe(VcdFile(path))
        bell.spawn(bell.one_job(work_ps=5_000))
        sim.run(until_ps=10_000)
    changes = path.read_text("ascii").partition("$enddefinitions")[2]
    words = re.findall(r"^(#\d+|s\w+)", changes, re.MULTILINE)
    assert words[:4] == ["#0", "sBUSY", "#5000", "sDONE"]
