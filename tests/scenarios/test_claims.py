"""The file of claims, the verdict, and what `cosim claims` runs and tells."""

import json
import re
from pathlib import Path

import pytest

from cosim import ConfigError, DataError, override
from scenarios import registry
from scenarios.claims import telling
from scenarios.claims.asked import Measurement
from scenarios.claims.catalogue import FIGURES, MEASUREMENTS
from scenarios.claims.declared import Claim, chosen, read
from scenarios.claims.running import run
from scenarios.claims.verdicts import Measured, Verdict, judge
from scenarios.cli import dispatch
from scenarios.networks.catalogue import NETWORKS

CLAIMS = read(FIGURES)

ABOUT_TEN = {
    "id": "made-up", "quantity": "a thing", "value": 10, "unit": "nJ", "where": "nowhere",
    "measure": "work.found", "command": "cosim run lenet5",
    "tolerance": {"relative": 0.1, "why": "because"},
}  # fmt: skip


def claim(**changed):
    return Claim.model_validate({**ABOUT_TEN, **changed})


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Measured(9.0), Verdict.AGREES),
        (Measured(11.0), Verdict.AGREES),
        (Measured(11.1), Verdict.DIFFERS),
        (Measured(12.0, 11.5, 12.5), Verdict.DIFFERS),
        (Measured(12.0, 10.9, 13.0), Verdict.CANNOT),
        (Measured(10.5, 5.0, 20.0), Verdict.AGREES),
        (None, Verdict.CANNOT),
    ],
)
def test_a_value_is_judged_by_its_tolerance_and_its_interval(found, verdict):
    # 10 nJ within 10 % is 9 to 11 nJ
    assert judge(claim(), found).verdict is verdict


def test_decades_are_those_of_the_logarithm():
    wide = claim(value=1e4, tolerance={"decades": 0.5, "why": "an order of magnitude"})
    # half a decade is a factor of 3.162
    assert judge(wide, Measured(3.1e4)).verdict is Verdict.AGREES
    assert judge(wide, Measured(3.2e4)).verdict is Verdict.DIFFERS
    assert "1 decades off" in judge(wide, Measured(1e5)).reason


@pytest.mark.parametrize(
    ("bound", "value", "verdict"),
    [
        ("below", 10.0, Verdict.DIFFERS),
        ("below", 9.99, Verdict.AGREES),
        ("at_most", 10.0, Verdict.AGREES),
        ("at_least", 9.99, Verdict.DIFFERS),
        ("at_least", 1e9, Verdict.AGREES),
    ],
)
def test_bounds_need_no_tolerance(bound, value, verdict):
    assert judge(claim(bound=bound, tolerance=None), Measured(value)).verdict is verdict


def test_an_input_is_shown_but_not_judged():
    known = claim(tolerance=None, cannot="an input of the model")
    found = judge(known, Measured(10.0))
    assert (found.verdict, found.reason) == (Verdict.CANNOT, "an input of the model")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"measure": "", "command": ""}, "must have measure, or cannot"),
        ({"tolerance": None}, "tolerance must be given"),
        ({"bound": "below"}, "tolerance must be given for a measured value that is judged as abou"),
        ({"tolerance": {"relative": 0.1, "absolute": 1, "why": "both"}}, "must give one of"),
        ({"command": ""}, "measure and command must be given together"),
        ({"id": "Made Up"}, "should match pattern"),
        ({"vale": 3}, "Extra inputs"),
    ],
)
def test_a_claim_that_contradicts_itself_is_refused(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        claim(**changed)


def test_a_file_that_names_an_unknown_figure_is_refused_with_the_nearest(tmp_path):
    text = """[[claim]]
id = "a-b"
quantity = "q"
value = 1
where = "w"
tolerance = { absolute = 1, why = "y" }
measure = "lenet5.speedups"
command = "c"
"""
    with pytest.raises(DataError, match="nothing measures lenet5.speedups; did you mean lenet5.sp"):
        read(FIGURES, written(tmp_path / "claims.toml", text))
    with pytest.raises(DataError, match="must be TOML"):
        read(FIGURES, written(tmp_path / "claims.toml", "[["))
    with pytest.raises(DataError, match="must be the file of claims"):
        read(FIGURES, tmp_path / "none.toml")
    twice = text.replace("speedups", "speedup") * 2
    with pytest.raises(DataError, match="a-b must stand once"):
        read(FIGURES, written(tmp_path / "claims.toml", twice))


def test_claims_are_chosen_by_name_or_by_their_first_word():
    assert [one.id for one in chosen(CLAIMS, ["mlp-cycles"])] == ["mlp-cycles"]
    found = {one.id for one in chosen(CLAIMS, ["table6"])}
    assert found >= {"table6-lenet5-speedup", "table6-vgg16-energy"}
    assert all(name.startswith("table6-") for name in found)
    assert chosen(CLAIMS, []) == CLAIMS


def test_an_unknown_claim_is_refused_with_the_nearest(capsys):
    with pytest.raises(ConfigError, match="did you mean table6-lenet5-speedup?"):
        chosen(CLAIMS, ["table6-lenet-speedup"])
    assert dispatch(["claims", "tabel6"]) == 2
    assert "there is no claim tabel6; did you mean table6?" in capsys.readouterr().err


def test_claims_that_share_a_measurement_run_it_once():
    calls = []

    def work(asked):
        calls.append(asked.images)
        return {"found": Measured(10.0), "other": Measured(30.0)}

    claims = [claim(), claim(id="made-up-too"), claim(id="made-up-third", measure="work.other")]
    done = run(claims, {"work": Measurement("works", ("found", "other"), work)}, images=3)
    assert calls == [3]
    assert [one.verdict for one in done.judged] == [Verdict.AGREES] * 2 + [Verdict.DIFFERS]
    assert list(done.seconds) == ["work"]


def test_a_measurement_that_fails_leaves_its_claims_unjudged():
    def work(_):
        raise DataError("no data")

    done = run([claim()], {"work": Measurement("works", ("found",), work)}, images=1)
    assert done.judged[0].verdict is Verdict.CANNOT
    assert done.judged[0].reason == "its measurement failed: no data"


def test_both_papers_and_both_directions_of_the_swapped_figures_are_there():
    by_id = {one.id: one for one in CLAIMS}
    assert by_id["table6-lenet5-energy"].value == by_id["abstract-vgg16-energy"].value == 10
    assert by_id["table6-vgg16-energy"].value == by_id["abstract-lenet5-energy"].value == 6.5
    assert {one.value for one in CLAIMS if one.where.startswith("B")} == {5.4, 9, 9.7, 13.5}


def test_every_measurement_is_needed_by_a_claim():
    used = {one.measure for one in CLAIMS}
    assert {name.partition(".")[0] for name in used if name} == set(MEASUREMENTS)


def test_every_command_names_something_that_there_is():
    known = {
        "run": set(registry.known()), "list": set(registry.known()), "accuracy": set(NETWORKS),
        "map": set(NETWORKS), "claims": {one.id for one in CLAIMS},
    }  # fmt: skip
    for command in {one.command for one in CLAIMS if one.command}:
        cosim, verb, subject, *options = command.split()
        assert cosim == "cosim" and subject in known[verb], command
        for path in re.findall(r"--set (\S+?)=", command):
            assert override(registry.find(subject).config(), path, "3.7GHz"), options


def test_the_table_in_markdown_has_what_was_measured_and_the_rest_by_reason():
    silent = [claim(id=f"b-{name}", value=value) for name, value in (("c", 2), ("d", 3))]
    judged = [judge(claim(), Measured(10.5, 9.5, 11.5))]
    judged += [judge(one, None, "nobody knows") for one in silent]
    lines = telling.markdown(judged).splitlines()
    assert "arXiv:2105.13904" in lines[0]
    assert lines[4] == (
        "| a thing | nowhere | 10 nJ | 10.5 nJ (9.5 to 11.5) | agrees | within 10 %: because |"
    )
    assert lines[-1] == "- a thing, 2 nJ (nowhere); a thing, 3 nJ (nowhere): nobody knows."


def test_the_command_prints_and_keeps_what_it_found(tmp_path, capsys):
    files = ["--json", f"{tmp_path / 'c.json'}", "--markdown", f"{tmp_path / 'c.md'}"]
    assert dispatch(["claims", "table1", "array", *files, "--report", f"{tmp_path}"]) == 0
    told = capsys.readouterr().out
    assert "table1-parallel" in told
    assert "8488 ohm" in told
    kept = json.loads((tmp_path / "c.json").read_text())
    found = {one["claim"]["id"]: one for one in kept["claims"]}
    # 10 ohm um^2 over pi / 4 x 50 nm x 30 nm
    assert found["table1-parallel"]["measured"]["value"] == pytest.approx(8488.26, abs=0.01)
    assert found["table1-parallel"]["verdict"] == "agrees"
    assert found["array-cells"]["verdict"] == "cannot be judged"  # an input
    assert set(kept["seconds"]) == {"junction", "subarrays"}
    assert "64 bytes" not in (tmp_path / "c.md").read_text()
    page = (tmp_path / "claims.html").read_text()
    for words in ("cannot be judged", "an input of the model", "Measured over published"):
        assert words in page


def test_the_list_runs_nothing(capsys):
    assert dispatch(["claims", "--list", "table6"]) == 0
    assert "minutes" in capsys.readouterr().out


def test_quick_leaves_out_what_takes_minutes(capsys):
    assert dispatch(["claims", "--list", "--quick", "table6"]) == 0
    told = capsys.readouterr().out
    assert "minutes" not in told
    assert "seconds" in told


def test_the_page_has_every_claim_and_the_readme_its_counts() -> None:
    root = Path(__file__).parents[2]
    page = (root / "CLAIMS.md").read_text(encoding="utf-8")

    for one in CLAIMS:
        assert one.quantity in page, one.id
    agree, differ = page.count("| agrees |"), page.count("| differs |")
    rest = len(CLAIMS) - agree - differ
    told = f"{len(CLAIMS)} numbers of the papers {agree} agree, {differ} differ and {rest} cannot"
    assert told in (root / "README.md").read_text(encoding="utf-8")
