"""`cosim why`: where the time of a transaction went."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from components.lpddr3 import Lpddr3Config
from cosim import ConfigError, DataError
from cosim.messages import KIND_NAMES
from scenarios import mlp
from scenarios.cli import dispatch
from scenarios.measures.transactions import NEVER_PS, Transactions, read_transactions
from scenarios.scenario import Mode, RunOptions, Trace
from scenarios.showing.why import Why
from scenarios.showing.why_told import reached
from tests.waveforms.reading import settled

TOP = "soc.core.data"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Mode, Path]:
    kept = {}
    for mode in Mode:
        kept[mode] = folder = tmp_path_factory.mktemp(mode)
        mlp.SCENARIO.run(RunOptions(mlp.SCENARIO.config(), folder, mode, Trace.FULL))
    return kept


@pytest.fixture(scope="module")
def runs(folders: dict[Mode, Path]) -> dict[Mode, Transactions]:
    return {mode: read_transactions(folder) for mode, folder in folders.items()}


@pytest.fixture(scope="module")
def causes(runs: dict[Mode, Transactions]) -> Why:
    return Why(runs[Mode.FAST])


def test_both_shells_keep_the_same_transactions(runs):
    fast, detailed = runs[Mode.FAST], runs[Mode.DETAILED]
    assert fast.lines == detailed.lines
    np.testing.assert_array_equal(fast.rows, detailed.rows)
    np.testing.assert_array_equal(fast.services, detailed.services)


def test_both_shells_draw_the_same(folders):
    fast, detailed = (settled(folders[mode] / "trace.vcd") for mode in (Mode.FAST, Mode.DETAILED))
    assert fast.keys() == detailed.keys()
    for name in detailed:
        assert course(fast[name]) == course(detailed[name]), name
    for name in ("soc.core.data_begin", "soc.core.ip", "soc.memory.drawn"):
        assert len(detailed[name]) > 100, name


def course(last):
    """Return the times at which a value became another one for longer than an instant."""
    return [now for before, now in pairwise([(-1, None), *last.items()]) if now[1] != before[1]]


def test_the_header_of_the_fast_shell_says_what_is_in_the_file(folders):
    header = (folders[Mode.FAST] / "trace.vcd").read_text().partition("$enddefinitions")[0]
    assert "from the ring in which it keeps transactions" in " ".join(header.split())


def test_the_shares_of_a_thousand_random_transactions_add_up_exactly(causes):
    rows = causes.kept.rows
    answered = np.flatnonzero(rows["end_ps"] != NEVER_PS)
    chosen = np.random.default_rng(7).choice(answered, 1_000, replace=False)
    for number in chosen.tolist():
        shares = causes.shares(number)
        now_ps = int(rows["begin_ps"][number])
        for share in shares:
            assert share.from_ps == now_ps, number
            assert share.until_ps >= now_ps, number
            now_ps = share.until_ps
        assert now_ps == int(rows["end_ps"][number]), number


def test_a_miss_goes_down_level_by_level_and_comes_back_the_same_way(causes):
    memory = (number for number in causes.roots.tolist() if len(causes.shares(number)) >= 11)
    where = [share.where for share in causes.shares(next(memory))]
    parts = list(dict.fromkeys(where))
    assert parts[1:] == ["soc.l2", "soc.llc", "soc.bus", "soc.memory"]
    back = [one for one in where[where.index("soc.memory") :] if one != "soc.memory"]
    assert back == ["soc.bus", "soc.llc", "soc.l2", parts[0]]


def test_a_read_of_a_closed_row_waits_for_activation_and_column_as_the_data_sheet_says(causes):
    speed = Lpddr3Config().speed
    t_ck_ps = 1_250
    assert speed.clock_hz * t_ck_ps == 10**12
    opened = {
        share.time_ps
        for number in causes.roots.tolist()
        for share in causes.shares(number)
        if share.what.endswith("close and open rows")
    }
    assert 15 * t_ck_ps in opened  # tRCD of 18 ns is 15 clocks: ACT to RD, nothing else in the way


def test_a_store_to_the_co_processor_goes_over_its_bus(causes):
    stores = [
        number
        for number in causes.roots.tolist()
        if KIND_NAMES[causes.kept.rows["kind"][number]] == "STORE_IMAC"
    ]
    where = [share.where for share in causes.shares(stores[5])]
    assert where == ["soc.coprocessor_bus", "soc.imac", "soc.coprocessor_bus"]


def test_the_slowest_is_the_slowest(causes):
    rows = causes.kept.rows
    times = rows["end_ps"][causes.roots] - rows["begin_ps"][causes.roots]
    number = causes.find("slowest")
    assert sum(share.time_ps for share in causes.shares(number)) == times.max()


def test_the_list_counts_every_transaction_of_a_core_by_the_deepest_part(causes):
    wanted = Counter(
        (causes.kept.lines[causes.kept.rows["line"][number]].initiator, deepest.where)
        for number in causes.roots.tolist()
        for deepest in [max(causes.shares(number), key=lambda share: share.depth)]
    )
    told: list[int] = []
    table = reached(causes, lambda done, total, what: told.append(done))
    sockets, places, counts = (list(column.cells) for column in table.columns[:3])
    found = {
        (socket, place): int(str(count).replace(",", ""))
        for socket, place, count in zip(sockets, places, counts, strict=True)
    }
    assert found == dict(wanted)
    assert told == list(range(len(causes.passed_on)))


def test_what_is_no_transaction_is_refused(causes):
    for text, told in (
        ("banana", "must be a number, an address as 0x1f40, or slowest"),
        ("99999999", "must be 0 to"),
        ("0xdead0000beef", "no core asked for 0xdead0000beef"),
    ):
        with pytest.raises(ConfigError, match=told):
            causes.find(text)


def test_a_window_in_which_nobody_asked_has_no_slowest(causes):
    kept = causes.kept
    nothing = Why(replace(kept, rows=kept.rows[:0], services=kept.services[:0]))
    assert list(nothing.chains()) == []
    with pytest.raises(ConfigError, match="the run kept none"):
        nothing.find("slowest")


def test_a_run_without_transactions_says_how_to_get_them(tmp_path: Path):
    with pytest.raises(DataError, match="holds no transactions; run again with --trace full"):
        read_transactions(tmp_path)


def test_the_command_lists_the_slowest_and_tells_one(tmp_path, capsys):
    out = ("--out", str(tmp_path))
    assert dispatch(["run", "mlp", "--mode", "fast", "--trace", "full", *out]) == 0
    capsys.readouterr()
    assert dispatch(["why", "mlp", *out]) == 0
    assert "#" in capsys.readouterr().out
    assert dispatch(["why", "mlp", "slowest", *out]) == 0
    shown = capsys.readouterr().out
    assert TOP in shown
    assert "100.0 %" in shown
