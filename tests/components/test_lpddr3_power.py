"""Power-down and self-refresh, clock by clock."""

from tests.components.lpddr3_driver import Channel, config, place


def resting(**given: object) -> Channel:
    memory = Channel(config({"t_refi_ps": 3_900_000}, **given))
    memory.read(0, place(1), tag=0)
    memory.read(20_000, place(1), tag=1)
    memory.run(30_000)
    return memory


def test_an_idle_channel_closes_its_rows_and_refreshes_itself() -> None:
    memory = resting(self_refresh_cycles=1000)
    names = memory.commands()
    assert names[:6] == ["ACT", "RD", "PREA", "SRE", "SRX", "ACT"]
    assert "REF" not in names[: names.index("SRX")]


def test_leaving_self_refresh_takes_txsr() -> None:
    memory = resting(self_refresh_cycles=1000)
    exit_cycle = next(one.cycle for one in memory.log if one.command == "SRX")
    assert exit_cycle == 20_001
    # tXSR = tRFCab + 10 ns = 140 ns = 112 clocks, then a closed bank
    assert memory.completion(1) == exit_cycle + 112 + 15 + 18


def test_self_refresh_is_not_entered_again_before_a_refresh() -> None:
    memory = resting(self_refresh_cycles=1000)
    names = memory.commands()
    again = [place for place, name in enumerate(names) if name == "SRE"][1]
    assert "REF" in names[names.index("SRX") : again]


def test_power_down_comes_first_and_self_refresh_later() -> None:
    memory = resting(power_down_cycles=16, self_refresh_cycles=1000)
    names = memory.commands()
    assert names[:7] == ["ACT", "RD", "PDE", "PDX", "PREA", "SRE", "SRX"]
    assert memory.rank.self_refresh_cycles > 18_000
