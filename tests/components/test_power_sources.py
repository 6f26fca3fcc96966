"""Recorded traces and generators."""

import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest

from components.power import course_of, read_trace
from cosim import ConfigError, DataError

TRACES = Path(__file__).parents[3] / "shared" / "data" / "harvester"

MS_PS = 10**9

STATISTICS = {
    1: (25_274, 5.28, 1.32, 153, 22.7),
    2: (39_232, 5.28, 2.15, 189, 56.3),
    3: (39_460, 3.24, 1.43, 93, 37.7),
    4: (26_240, 4.35, 1.06, 77, 21.3),
    5: (31_118, 4.79, 1.30, 93, 24.7),
    6: (51_680, 5.28, 1.52, 131, 32.3),
    7: (34_980, 4.98, 1.43, 111, 29.6),
    8: (46_278, 4.06, 1.16, 77, 20.1),
    9: (25_192, 5.07, 1.27, 90, 22.8),
    10: (39_518, 5.28, 1.20, 82, 17.4),
}
"""Samples, largest and mean voltage, mean power in uW into 30 kohm, share of time above 2 V."""


def random() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("number", STATISTICS)
def test_a_public_trace_has_the_statistics_it_is_known_for(number: int) -> None:
    file = TRACES / f"{number}.txt.xz"
    if not file.is_file():
        pytest.skip("the harvester traces are not beside this repository")
    samples, largest, mean, power_uw, above = STATISTICS[number]
    volts = read_trace(file)
    assert len(volts) == samples
    assert volts.max() == pytest.approx(largest, abs=0.006)
    assert volts.mean() == pytest.approx(mean, abs=0.006)
    assert (volts**2).mean() / 30e3 * 1e6 == pytest.approx(power_uw, abs=0.6)
    assert 100 * (volts >= 2).mean() == pytest.approx(above, abs=0.06)


def test_the_line_is_the_time_whatever_the_time_column_says(tmp_path: Path) -> None:
    file = tmp_path / "jumps.txt"
    file.write_text("100\t1.0\n101\t2.0\n40102\t3.0\n39103\t0.5\n")
    found = course_of(f"trace:file={file}", random())
    assert found.until_ps.tolist() == [MS_PS, 2 * MS_PS, 3 * MS_PS, 4 * MS_PS]
    assert found.volts.tolist() == [1.0, 2.0, 3.0, 0.5]


def test_a_trace_may_be_packed(tmp_path: Path) -> None:
    packed = {".xz": lzma.compress(b"0 1.5\n"), ".gz": gzip.compress(b"0 1.5\n")}
    for suffix, content in packed.items():
        file = tmp_path / f"trace.txt{suffix}"
        file.write_bytes(content)
        assert read_trace(file).tolist() == [1.5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must have a sample or more; it is empty"),
        ("0 1.0\n1\n", "line 2 must have 2 numbers, time in ms and volts, not '1'"),
        ("0 1.0 2.0\n", "line 1 must have 2 numbers, time in ms and volts, not '0 1.0 2.0'"),
        ("time volts\n", "line 1 must have 2 numbers, time in ms and volts, not 'time volts'"),
        ("-1 1.0\n", "line 1 must have a time of 0 ms or more, not -1"),
        ("0 -0.5\n", "line 1 must have a voltage of 0 V or more, not -0.5"),
        ("0 nan\n", "line 1 must have a voltage of 0 V or more, not nan"),
    ],
)
def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "trace.txt"
    file.write_text(text)
    with pytest.raises(DataError, match=told):
        read_trace(file)


def test_a_file_that_is_not_there_or_not_packed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be a harvester trace; there is no such file"):
        read_trace(tmp_path / "none.txt")
    broken = tmp_path / "trace.xz"
    broken.write_text("0 1.0\n")
    with pytest.raises(DataError, match="must be text that can be read"):
        read_trace(broken)


def test_a_square_wave_is_on_for_its_duty() -> None:
    found = course_of("square:period=10ms,duty=0.3,high=2V", random())
    assert found.until_ps.tolist() == [3 * MS_PS, 10 * MS_PS]
    assert found.volts.tolist() == [2.0, 0.0]


def test_exponential_times_have_the_means_that_were_asked_for() -> None:
    found = course_of("exponential:on=1ms,off=3ms,pairs=4000", random())
    spans = np.diff(found.until_ps, prepend=0)
    assert spans[::2].mean() == pytest.approx(MS_PS, rel=0.05)
    assert spans[1::2].mean() == pytest.approx(3 * MS_PS, rel=0.05)
    assert spans[::2].std() == pytest.approx(MS_PS, rel=0.1)  # as exponential times have


def test_a_markov_chain_stays_as_often_as_it_should() -> None:
    found = course_of("markov:stays=0.9,steps=20000", random())
    changes = (np.diff(found.volts) != 0).mean()
    assert changes == pytest.approx(0.1, abs=0.01)
    assert set(found.volts.tolist()) == {0.0, 1.5, 3.0}
    assert (found.volts == 3.0).mean() == pytest.approx(1 / 3, abs=0.05)


def test_a_sine_is_rectified() -> None:
    found = course_of("sine:period=20ms,peak=4V,samples=1000", random())
    assert found.until_ps[-1] == 20 * MS_PS
    assert found.volts.max() == pytest.approx(4.0, abs=1e-3)
    assert (found.volts[500:] == 0).all()
    assert found.volts.mean() == pytest.approx(4.0 / np.pi, rel=1e-3)  # of a half-rectified sine


@pytest.mark.parametrize("text", ["exponential", "markov"])
def test_the_same_seed_gives_the_same_course(text: str) -> None:
    one, same, other = (course_of(text, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.until_ps.tolist() == same.until_ps.tolist()
    assert one.volts.tolist() == same.volts.tolist()
    assert (one.until_ps.tolist(), one.volts.tolist()) != (
        other.until_ps.tolist(),
        other.volts.tolist(),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sqare", "there is no power source sqare; did you mean square"),
        ("square:duti=0.5", "duti"),
        ("markov:levels=1 V", "MarkovConfig.levels_v must be two voltages or more, not "),
    ],
)
def test_a_source_that_cannot_be_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        course_of(text, random())


def test_a_source_of_one_s_own_is_a_class_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ramp.py"
    file.write_text(
        '"""A ramp."""\n'
        "import numpy as np\n"
        "from components.power import Course, PowerSource, source\n\n"
        '@source("ramp")\n'
        "class Ramp(PowerSource):\n"
        '    """Rises for 3 ms."""\n\n'
        "    def course(self, random):\n"
        "        return Course(np.arange(1, 4) * 10**9, np.arange(3.0))\n"
    )
    assert course_of(str(file), random()).volts.tolist() == [0.0, 1.0, 2.0]
