"""`cosim unroll`: matrices, shots and places; numbers of LeNet-5 and VGG-16 by hand."""

from pathlib import Path

import pytest

from components.analog import AnalogConfig, MappingError
from cosim.config import override
from scenarios.analog import unrolling
from scenarios.cli import dispatch
from scenarios.networks import lenet5, vgg16


def test_lenet_s_convolutions_share_one_subarray() -> None:
    config = override(AnalogConfig(), "geometry.subarrays", "1")
    found = unrolling.packing(lenet5.NETWORK, config, with_dense=False, rewritten=False)
    table = unrolling.layers_table(lenet5.NETWORK, config, found)
    assert table.rows == [
        ["conv1", "26 x 6", "1 x 1", "784", "25", "5", "6", "28", "0"],
        ["conv2", "151 x 16", "1 x 1", "100", "150", "30", "16", "10", "0"],
    ]


def test_vgg_s_convolutions_take_76_subarrays_that_none_shares() -> None:
    config = override(AnalogConfig(), "geometry.subarrays", "76")
    found = unrolling.packing(vgg16.NETWORK, config, with_dense=False, rewritten=False)
    wanted = unrolling.matrices(vgg16.NETWORK, with_dense=False)
    told = dict(unrolling.summary(config, found, wanted))
    assert told["subarrays if none is shared"] == "76"
    assert told["rounds of writing"] == "1"
    rows = {row[0]: row for row in unrolling.layers_table(vgg16.NETWORK, config, found).rows}
    # 32 x 32 windows of 27, of which 9 are new; 512 / 9 and 170 / 64 = 2 windows a bank
    assert rows["conv1"][1:8] == ["28 x 64", "1 x 1", "1,024", "27", "9", "64", "2"]
    # a window of 4608 bits is nine banks
    assert rows["conv9"][1:8] == ["4609 x 512", "10 x 1", "16", "4,608", "1,536", "512", "none"]


def test_the_command_tells_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["unroll", "vgg16", "--rewritten", "--out", str(tmp_path)]
    assert dispatch(arguments) == 0
    told = capsys.readouterr().out
    assert "written again for each inference" in told
    assert "partial sums to be converted" in told
    assert (tmp_path / "unrolled.png").stat().st_size > 10_000


def test_too_few_subarrays_are_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["unroll", "vgg16"]) == 2
    told = capsys.readouterr().err
    assert "must fit 4 subarrays of 512x512 at once; they need" in told
    with pytest.raises(MappingError):
        unrolling.packing(vgg16.NETWORK, AnalogConfig(), with_dense=True, rewritten=False)
