"""The comparison: every machine exact, ratios by hand, both modes equal, what is refused."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from components.pim import PimConfig, PimMachine
from cosim.activity import Term, amount
from cosim.config import Constant
from cosim.errors import ConfigError
from cosim.spread import spread
from scenarios.cli import dispatch
from scenarios.measures.activities import Activities
from scenarios.networks import lenet5
from scenarios.networks.images import load_images
from scenarios.networks.quantised.catalogue import find
from scenarios.pim.contenders import (
    CMOS,
    CORE,
    OURS,
    RERAM,
    RERAM_LAYER,
    Contender,
    Workload,
    sized,
)
from scenarios.pim.cost import PimAreaConfig
from scenarios.pim.ratios import HEADLINES, PUBLISHED, Duel, RatiosConfig, examine, with_other_edges
from scenarios.pim.telling import machines, ratios
from scenarios.scenario import Mode, RunOptions

DIGITS = 2


def options(folder, **changes):
    config = RatiosConfig().model_copy(update={"widths": "4:1"} | changes)
    return RunOptions(config, folder, images=DIGITS)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return examine(options(tmp_path_factory.mktemp("runs")))[0]


def test_every_accelerator_finds_the_classes_of_the_integer_reference(found):
    assert [one.name for one in found.contenders] == [OURS, RERAM, RERAM_LAYER, CMOS, CORE]
    for one in found.contenders[:-1]:
        assert one.exact == one.images == DIGITS
    assert found.contenders[-1].exact is None


def test_time_energy_and_area_are_those_of_an_image(found, tmp_path):
    alone = examine(replace(options(tmp_path), images=1))[0]
    for one, two in zip(alone.contenders, found.contenders, strict=True):
        assert one.area_mm2 == two.area_mm2
        assert one.done.energy_pj == pytest.approx(two.done.energy_pj, rel=0.05)
        assert one.done.time_ps == pytest.approx(two.done.time_ps, rel=0.05)


def contender(name, time_ps, energy_pj, area_mm2, cost=""):
    """A machine whose whole energy follows one constant of its own."""
    own = cost or f"{name}.cost_pj"
    constants = {
        own: Constant(1.0, "pJ", "a test", (spread(0.5, 2.0, "a test"),)),
        f"{name}.size_mm2": Constant(1.0, "mm2", "a test", ()),
    }  # fmt: skip
    done = Activities(time_ps, {name: (Term("all", energy_pj, "", {own: 1}),)}, (), constants)
    size = (Term("all", area_mm2, "", {f"{name}.size_mm2": 1}),)
    return Contender(name, done, Activities(0, {"area": size}, (), constants), 1, 1, 1)


def test_ratios_are_theirs_over_ours_and_by_area_their_products():
    duel = Duel(contender("a", 100, 50.0, 2.0), contender("b", 300, 200.0, 1.0))
    nominal = {name: duel.ratio(name).nominal for name in HEADLINES}
    assert nominal == pytest.approx(
        {"energy": 4.0, "speed": 3.0, "energy by area": 2.0, "speed by area": 1.5}
    )


def test_bounds_have_all_constants_at_the_ends_that_count():
    duel = Duel(contender("a", 100, 50.0, 2.0), contender("b", 300, 200.0, 1.0))
    # ours twice as dear and theirs half: 200 / 2 over 50 * 2; then the other way round
    assert duel.bounds("energy") == pytest.approx((1.0, 16.0))


def test_a_constant_that_both_share_moves_no_ratio():
    both = (contender("a", 100, 50.0, 2.0, "pj"), contender("b", 300, 200.0, 1.0, "pj"))
    assert Duel(*both).bounds("energy") == pytest.approx((4.0, 4.0))


def test_bounds_lie_around_the_interval(found):
    for duel in found.duels:
        for name in HEADLINES:
            inner, (low, high) = duel.ratio(name), duel.bounds(name)
            assert low <= inner.low <= inner.nominal <= inner.high <= high


def test_published_ratios_stand_beside_ours(found):
    rows = ratios([found]).rows
    told = {(row[1], row[2]): row[-1] for row in rows}
    assert told[RERAM, "energy"] == told[RERAM, "energy by area"] == "5.4"
    assert told[CMOS, "speed"] == "13.5"
    assert told[CORE, "speed"] == "-"
    assert PUBLISHED[RERAM]["speed"] == 9.0


def test_detailed_and_fast_machines_agree(found, tmp_path):
    slow = examine(replace(options(tmp_path), mode=Mode.DETAILED))[0]
    for one, two in zip(slow.contenders[:-1], found.contenders[:-1], strict=True):
        assert one.done.time_ps == two.done.time_ps
        assert one.done.energy_pj == pytest.approx(two.done.energy_pj)
        assert one.exact == two.exact


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"widths": "4:1; 9:9"}, "a width must be I:W"),
        ({"widths": "3:3"}, "there is no lenet5 at 3:3; take one of 1:1, 2:2, 4:1, 8:8"),
        ({"shown": "9:9"}, "shown must be one of widths, 4:1, not '9:9'"),
        ({"widths": " "}, "widths must be I:W, by semicolons, not ' '"),
    ],
)
def test_an_unknown_width_is_refused(changes, sentence, tmp_path):
    with pytest.raises(ConfigError, match=sentence):
        examine(options(tmp_path, **changes))


def test_no_other_number_of_mats_gives_more_speed_for_its_area():
    network = find("lenet5", "4:1").machine
    images = load_images(lenet5.NETWORK).part(0, 1)
    work, areas = Workload(network, images, [0]), PimAreaConfig()
    best = sized(work, PimConfig(mats=0, banks=0), areas)
    cost = {}
    for mats in (1, 2, 4, 8, 16):
        machine = PimMachine(network, PimConfig(mats=mats, banks=0))
        time_ps = machine.infer(images.pixels[0].astype(np.int64))
        cost[mats] = time_ps * sum(amount(term, areas) for term in areas.area(machine))
    assert cost[best.mats] == min(cost.values())


def test_mats_and_banks_that_are_asked_for_are_used_and_told(tmp_path):
    asked = PimConfig(mats=16, banks=1)
    found = examine(options(tmp_path, pim=asked))
    bits = 64 * 256 * 512  # 16 mats of 4 sub-arrays, beside the image banks
    assert found[0].contenders[0].area_mm2 > bits * 6.1e-8
    assert machines(found).rows[0][2] == "1 bank of 16 mats"


def test_banks_for_mats_that_are_to_be_chosen_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"pim.banks must be 0 where pim.mats is 0"):
        examine(options(tmp_path, pim=PimConfig(mats=0, banks=1)))


def test_more_images_than_there_are_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"images must be 1 to 100, not 500; ask for fewer"):
        examine(replace(options(tmp_path), images=500))


def test_first_and_last_layers_of_few_bits_cost_bit_planes_less(found, tmp_path):
    (few,) = with_other_edges(options(tmp_path, edges="1"), "4:1")
    eight, one = found.contenders[0].done, few.contenders[0].done
    # conv1 has 28 x 28 x 6 x 25 products of 8 x 8 planes, then of 8 x 1
    assert one.energy_pj < eight.energy_pj
    rows = [
        sum(term.count for term in done.energy["pim"] if term.cause == "counting")
        for done in (eight, one)
    ]
    assert rows[1] < rows[0] / 3
    assert few.contenders[0].exact == DIGITS


def test_other_bits_than_there_are_at_both_ends_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"edges must be 1 to 8 bits, by semicolons, not '9'"):
        with_other_edges(options(tmp_path, edges="9"), "4:1")


def test_one_command_leaves_tables_and_pictures(tmp_path, capfd):
    assert (
        dispatch(
            ["run", "pim_ratios", "--set", "widths=1:1", "--set", "edges=", "--out", str(tmp_path)]
        )
        == 0
    )
    folder = tmp_path / "pim_ratios" / "latest"
    with (folder / "ratios.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 4 * len(HEADLINES)
    assert (folder / "ratios.svg").read_text(encoding="utf-8").startswith("<svg")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "energy against ReRAM, 1:1" in page
    told = capfd.readouterr().out
    assert "none was set to meet them" in np.array(told).item().replace("\n", " ")
