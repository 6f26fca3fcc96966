"""LeNet-5 on the whole machine keeps the contract of the hand-off."""

from pathlib import Path

from components.imac.hand_off_check import HandOffCheck
from cosim import Simulator, Steps
from scenarios.networks import lenet5
from scenarios.running.inference import InferenceConfig, infer, prepare
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.soc import Soc


def test_the_core_does_its_jobs_as_the_contract_says(tmp_path: Path) -> None:
    options = RunOptions(InferenceConfig(), tmp_path, images=2)
    task = prepare(lenet5.NETWORK, options)
    with Simulator() as sim:
        soc = Soc(
            "soc", sim, config=options.config.soc, layers=task.weights.programmed, mode=Mode.FAST
        )
        assert soc.imac is not None
        check = HandOffCheck(soc.imac)
        sim.observe(check)

        def stop() -> Steps:
            yield soc.core.finished
            sim.stop()

        soc.core.load(task.program.chunks())
        sim.env.process(stop())
        sim.run()
    taken = {(arc.source, arc.event): arc.times for arc in check.hand_off.coverage.arcs}
    # 400 inputs and 10 codes a job; nobody polls, nobody waits over the bus, power never fails
    assert {arc: times for arc, times in taken.items() if times} == {
        ("CONFIGURING", "configure"): 1,
        ("IDLE", "store_ready_0"): 1,
        ("READABLE", "store_ready_0"): 1,
        ("LOADING", "store_element"): 800,
        ("LOADING", "store_ready_1"): 2,
        ("COMPUTING", "convert"): 2,
        ("CONVERTING", "write_codes"): 2,
        ("DONE", "expire"): 2,
        ("READABLE", "load_code"): 20,
    }


def test_every_run_says_how_much_of_the_contract_it_has_seen(tmp_path: Path) -> None:
    found = infer(lenet5.NETWORK, RunOptions(InferenceConfig(), tmp_path, trace=Trace.NONE))
    # a single job: all of the above but the transfer that begins after a result
    summary = "7 of 7 states, 8 of 28 arcs"
    assert ("hand-off contract", summary) in found.rows
    for name, write in found.files.items():
        write(tmp_path / name)
    assert (tmp_path / "hand_off.txt").read_text().startswith(f"TimerHandOff: {summary}\n")
    assert summary in (tmp_path / "report.html").read_text()
