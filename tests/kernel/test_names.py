"""Paths: grammar, selection, nearest name."""

import pytest

from cosim import names
from cosim.errors import ElaborationError


@pytest.mark.parametrize("name", ["imac", "tile[3]", "READY", "l1d", "a_b[0][1]"])
def test_a_name_is_a_letter_then_letters_digits_and_indices(name: str) -> None:
    assert names.check_segment(name) == name


@pytest.mark.parametrize("name", ["", "3d", "a.b", "tile[x]", "a b", "_a", "tile[3"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ElaborationError, match="a name must be a letter"):
        names.check_segment(name)


def test_joining_to_the_top_adds_no_dot() -> None:
    assert names.join("", "soc") == "soc"
    assert names.join("soc", "imac") == "soc.imac"
    assert names.split("soc.tile[3].busy") == ["soc", "tile[3]", "busy"]


@pytest.mark.parametrize(
    ("path", "pattern", "selected"),
    [
        ("soc.imac.busy", "soc.imac.**", True),
        ("soc.imac", "soc.imac.**", True),
        ("soc.imac2", "soc.imac.**", False),
        ("soc.imac.busy", "soc.*.busy", True),
        ("soc.a.b.busy", "soc.*.busy", False),
        ("soc.a.b.busy", "**.busy", True),
        ("busy", "**.busy", True),
        ("soc.tile[3]", "soc.tile[3]", True),
        ("soc.tile3", "soc.tile[3]", False),
        ("soc.tile[3]", "soc.tile[*]", True),
        ("soc", "**", True),
    ],
)
def test_patterns_select_paths(path: str, pattern: str, selected: bool) -> None:
    assert names.matches(path, pattern) is selected


def test_the_nearest_name_is_offered() -> None:
    assert names.nearest("lenet", ["lenet5", "vgg16"]) == "lenet5"
    assert names.nearest("qqq", ["lenet5", "vgg16"]) == ""
    assert names.hint("qqq", ["b", "a"]) == "; known: a, b"
    assert names.hint("qqq", []) == ""


def test_a_thousand_names_are_not_all_told() -> None:
    told = names.hint("qqq", [f"name{number:04}" for number in range(1_024)])
    assert told.startswith("; known: name0000, name0001, ")
    assert told.endswith(", name0023 and 1,000 more")
