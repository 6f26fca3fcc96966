"""Which waves a run draws: by its story, by what is asked for, and what is refused."""

import json
import shlex
from pathlib import Path

import pytest

from cosim import ConfigError
from scenarios import registry
from scenarios.cli import dispatch
from scenarios.running.tracing import level, sight
from scenarios.scenario import Trace
from scenarios.showing.viewing import SAVE_FILE

LONG = str(Path(__file__).parent / "stories" / "long.py")

HOW = "no waves were drawn: --trace protocol draws the whole run, --window 10us:20us a part of it"


def run(runs: Path, *words: str) -> int:
    return dispatch(["run", LONG, "--out", str(runs), *words])


def asked(
    name: str, trace: Trace | None = None, images: int = 1, chosen: tuple[str, ...] = ()
) -> Trace:
    choices = {option: option in chosen for option in ("--window", "--from", "--signals")}
    return level(name, registry.find(name), trace, images, choices)


@pytest.mark.parametrize(
    ("name", "images", "drawn"),
    [("lenet5", 1, "full"), ("lenet5", 2, "protocol"), ("vgg16", 1, "none"), ("vgg16", 5, "none"),
     ("vgg16_slim", 1, "none"), ("pim_vgg16", 1, "none"), ("lenet5_gain", 1, "none"),
     ("mlp_architectures", 1, "none")],
)  # fmt: skip
def test_a_long_story_draws_nothing_unasked(name: str, images: int, drawn: str) -> None:
    assert asked(name, images=images) == drawn


@pytest.mark.parametrize(
    ("name", "drawn"), [("vgg16", "protocol"), ("mlp_architectures", "full"), ("lenet5", "full")]
)
@pytest.mark.parametrize("option", ["--window", "--from", "--signals"])
def test_choosing_among_the_waves_draws_them(name: str, drawn: str, option: str) -> None:
    assert asked(name, chosen=(option,)) == drawn


@pytest.mark.parametrize("trace", list(Trace))
def test_a_level_that_is_asked_for_is_drawn(trace: Trace) -> None:
    assert asked("vgg16", trace) == asked("lenet5", trace, 2) == trace


@pytest.mark.parametrize(
    ("name", "trace", "choices", "sentence"),
    [
        (
            "lenet5",
            Trace.NONE,
            ("--window",),
            "^--window must choose among .* --trace none draws no",
        ),
        ("vgg16", Trace.NONE, ("--window", "--from"), "^--window and --from must choose among"),
        ("lenet5_gain", Trace.FULL, (), "^--trace full must be given to a single run, not to lene"),
        (
            "monte_carlo",
            None,
            ("--signals",),
            "^--signals must be given to a single run, not to mon",
        ),
        ("pim_ratios", Trace.PROTOCOL, (), "^--trace must be full or none for pim_ratios, not pro"),
    ],
)
def test_options_that_nothing_could_be_drawn_for_are_refused(
    name: str, trace: Trace | None, choices: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        asked(name, trace, chosen=choices)


@pytest.mark.parametrize(
    "words",
    [("--window", "1us:2us"), ("--from", "soc.imac.ready==1"), ("--signals", "soc.**"),
     ("--waves", "vcd"), ("--waves", "fst")],
)  # fmt: skip
def test_the_command_line_refuses_to_choose_among_no_waves(
    runs: Path, words: tuple[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(runs, "--trace", "none", *words) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"cosim: {words[0]} must choose among the waves of a run, and --trace no")
    assert not runs.exists()


def test_a_long_run_tells_in_a_line_how_to_get_waves_and_they_come(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(runs) == 0
    folder = runs / "long" / "latest"
    assert not list(folder.glob("t*"))
    last = capfd.readouterr().out.splitlines()[-1]
    assert last == HOW
    assert dispatch(["view", "long", "--out", str(runs)]) == 2
    assert "holds no waves; run again with --trace protocol, or" in capfd.readouterr().err
    assert dispatch(["why", "long", "--out", str(runs)]) == 2
    assert "holds no transactions; run again with --trace full" in capfd.readouterr().err
    assert run(runs, "--window", "1us:2us") == 0
    assert (folder / "trace.gtkw").exists()
    assert json.loads((folder / "manifest.json").read_text())["options"]["trace"] == "protocol"
    assert capfd.readouterr().out.splitlines()[-1].startswith("see the waves with: cosim view ")


def test_runs_without_transactions_are_told_to_be_compared_without_them(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folders = []
    for clock in ("4GHz", "4GHz", "2GHz"):
        assert run(runs, "--set", f"soc.core.clock={clock}") == 0
        folders.append(str((runs / "long" / "latest").resolve()))
    capfd.readouterr()
    assert dispatch(["diff", *folders[:2]]) == 0
    assert capfd.readouterr() == ("", "")
    assert dispatch(["diff", *folders[1:]]) == 1
    assert (
        f"transactions were not compared: {folders[1]} and {folders[2]} kept none; run again with"
        " --trace full"
    ) in capfd.readouterr().out


def test_a_long_run_that_hangs_tells_how_to_get_its_waves(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(runs, "--set", "soc.faults.lost_completions=1", "--set", "soc.imac.protocol=interrupt")
        == 1
    )
    last = capfd.readouterr().err.splitlines()[-1]
    assert last.startswith("kept in ")
    assert last.endswith(f"; {HOW}")


def test_the_waves_of_runs_below_are_found(
    runs: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        "--set",
        "row=early_load",
        "--set",
        "policy=trap",
        "--mode",
        "fast",
        "--out",
        str(runs),
    ]
    assert dispatch(["run", "misuse", *words]) == 0
    last = capfd.readouterr().out.splitlines()[-1]
    assert last.startswith("see the waves of its 2 runs, each by itself: cosim view ")
    monkeypatch.setenv("PATH", "")
    assert dispatch(["view", "misuse", "--out", str(runs)]) == 2
    assert "holds no waves; each of its 2 runs does, as cosim view " in capfd.readouterr().err
    assert dispatch(["view", last.rpartition(" ")[2]]) == 2
    assert "needs GTKWave or Surfer" in capfd.readouterr().err


def test_waves_of_many_trials_are_refused_not_forgotten(
    runs: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "faults", "--set", "cause=buffer_flip", "--set", "trials=2", "--mode", "fast"]
    assert dispatch([*words, "--window", "1us:2us", "--out", str(runs)]) == 2
    assert "a trial must be alone for its waves to be drawn" in capfd.readouterr().err
    words += ["--set", "only=1", "--window", "0us:1us", "--out", str(runs)]
    assert dispatch(words) == 0
    assert "see the waves with: cosim view" in capfd.readouterr().out


def test_the_command_to_see_waves_can_be_typed_as_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "two words" / "it's one"
    folder.mkdir(parents=True)
    (folder / SAVE_FILE).touch()
    told = sight(tmp_path, registry.find("misuse"), Trace.FULL)
    assert shlex.split(told.partition(": ")[2]) == ["cosim", "view", str(folder)]


def test_the_help_tells_what_is_drawn_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    dispatch(["run", "--help"])
    told = " ".join(capfd.readouterr().out.split())
    assert "full for one image, protocol for several, none for a long scenario, unless" in told
