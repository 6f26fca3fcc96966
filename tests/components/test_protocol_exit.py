"""Early exit: codes are those of the network cut off behind a layer, and so is the time."""

import pytest

from components.coprocessor import Exit, Host
from components.imac import Imac, ImacConfig
from components.imac.conformance import BEGIN_PS, FEATURES, OUTPUTS, small_network
from cosim import Clock, ProtocolError, Simulator, Steps


def machine(simulator: Simulator, protocol: str, layers: int) -> tuple[Imac, Host]:
    given = {"protocol": protocol, "timer": {"clock_hz": "1 GHz"},
             "analog": {"layer_ps": 5_000, "level": "ideal"}}  # fmt: skip
    config = ImacConfig.model_validate(given)
    imac = Imac("imac", simulator, layers=small_network()[:layers], config=config)
    host = Host("host", simulator)
    host.bus.bind(imac.bus)
    host.completion.bind(imac.completion)
    return imac, host


def codes(protocol: str, layers: int) -> list[int]:
    """Return the codes of one job of the first layers of the small network."""
    found: list[int] = []
    with Simulator(clock=Clock(1_000_000_000)) as simulator:
        imac, host = machine(simulator, protocol, layers)

        def run() -> Steps:
            yield BEGIN_PS
            steps = imac.config.hand_off.steps()
            found.extend((yield from host.drive(steps, FEATURES, outputs=OUTPUTS)))

        simulator.env.process(run(), "run")
        simulator.run(on_hang="ignore")
    return found


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_codes_are_those_of_a_network_that_ends_there(layers: int) -> None:
    assert codes(f"early_exit:layers={layers}", 3) == codes("timer", layers)


def test_more_layers_than_there_are_is_refused() -> None:
    with pytest.raises(ProtocolError, match="imac must end a job after at most 3 layers, not 4"):
        codes("early_exit:layers=4", 3)


def test_the_exit_may_change_from_job_to_job() -> None:
    times: list[int] = []
    with Simulator(clock=Clock(1_000_000_000)) as simulator:
        imac, host = machine(simulator, "early_exit", 3)

        def run() -> Steps:
            yield BEGIN_PS
            _, *rest = imac.config.hand_off.steps()
            for layers in (1, 3, 0, 2):
                yield from host.drive([Exit(0x7C1, layers), *rest], FEATURES, outputs=OUTPUTS)
                times.append(imac.last_job.done_ps - imac.last_job.start_ps)

        simulator.env.process(run(), "run")
        simulator.run(on_hang="ignore")
    # layers of 5 ns, converters 1 ns, a cycle to write back
    assert times == [5_000 + 2_000, 15_000 + 2_000, 15_000 + 2_000, 10_000 + 2_000]
