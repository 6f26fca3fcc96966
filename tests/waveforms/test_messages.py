"""Messages of transactions in wave files: told as numbers, written as text."""

import pytest

from cosim import Module, Simulator, Steps, process
from cosim.declaration import Declaration
from cosim.exchange import LastMessage
from cosim.messages import READ, REPLY
from tests.waveforms.reading import changes
from waveforms.fst import FstFile, can_write_fst
from waveforms.selection import Selection, Trigger, Window
from waveforms.vcd import VcdFile

FULL = Selection(level="full")


class Asker(Module):
    """Shows three messages, at 10, 20 and 30 ns."""

    asked = Declaration(
        "last message",
        lambda owner, name: LastMessage(owner, name, "last message", text=True),
    )

    @process
    def run(self) -> Steps:
        for when_ps, kind, address, tag in (
            (10_000, READ, 0x40, 1),
            (20_000, REPLY, 0x40, 1),
            (30_000, READ, 0, -1),
        ):
            yield when_ps - self.now_ps
            self.pulses.add(when_ps, self.asked.draw, (when_ps, kind, address, tag))
            self.pulses.flush(when_ps)


ALL = [(0, None), (10_000, "READ 0x40 #1"), (20_000, "REPLY 0x40 #1"), (30_000, "READ 0x0 #-1")]


def drawn(file):
    """Return what a file shows of the messages."""
    with Simulator() as sim:
        asker = Asker("asker", sim)
        sim.observe(file)
        sim.run(until_ps=40_000)
    assert asker.asked.value == "READ 0x0 #-1"
    return [(when_ps, text or None) for when_ps, text in changes(file.path)["asker.asked"]]


KINDS = [
    VcdFile,
    pytest.param(
        FstFile, marks=pytest.mark.skipif(not can_write_fst(), reason="pylibfst is missing")
    ),
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_is_there_as_text(tmp_path, kind):
    assert drawn(kind(tmp_path / f"trace.{kind.__name__[:3].lower()}", FULL)) == ALL


@pytest.mark.parametrize("kind", KINDS)
def test_a_window_begins_with_the_last_message_before_it(tmp_path, kind):
    path = tmp_path / f"trace.{kind.__name__[:3].lower()}"
    assert drawn(kind(path, FULL, Window(25_000))) == [(25_000, ALL[2][1]), ALL[3]]


def test_a_window_may_begin_with_a_message(tmp_path):
    window = Window(trigger=Trigger.read("asker.asked==REPLY 0x40 #1"))
    assert drawn(VcdFile(tmp_path / "trace.vcd", FULL, window)) == ALL[2:]
