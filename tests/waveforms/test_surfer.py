"""The command file for Surfer, read by the rules of Surfer's own command parser."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import pywellen

from tests.waveforms.machine import traced
from waveforms.gtkw import Layout
from waveforms.surfer import letters, write_command_file

THEME = {"Green", "Red", "Yellow", "Blue", "Pink", "Orange", "Gray", "Violet"}
"""Colours of Surfer's default theme."""

WORD, REST, SPACED, TIME = r"\W*(\w+)", r"\s*(.+)", r"\s*(\S+)", r"\s(\d+)"
"""How the parser takes a parameter: a word, all that is left, up to white space, a whole number."""

COMMANDS = {
    "divider_add": WORD,
    "variable_add": REST,
    "item_focus": REST,
    "item_set_color": REST,
    "item_rename": REST,
    "item_unfocus": "",
    "marker_set": SPACED + TIME,
    "zoom_fit": "",
}
"""Commands and their parameters; one with more after them is refused."""


def parsed(path: Path) -> list[tuple[str, ...]]:
    """Return the commands of a file with their parameters."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        command, _, rest = line.strip().partition("#")[0].partition(" ")
        assert ";" not in rest, line
        match = re.fullmatch(COMMANDS[command], rest, re.ASCII)
        assert match is not None, f"Surfer refuses: {line}"
        found.append((command, *match.groups()))
    return found


def number(item: str) -> int:
    """Return the number that an item's letters are."""
    digits = "".join("0123456789abcdef"["abcdefghijklmnop".index(letter)] for letter in item)
    return int(digits, 16)


@pytest.fixture
def file(tmp_path):
    return traced(tmp_path / "trace.vcd", level="full")


def test_every_command_is_one_that_surfer_takes_and_every_variable_is_in_the_file(file):
    path = write_command_file(file.path, file.traces, Layout(markers={"a b; #1": 2_000}))
    commands = parsed(path)
    known = {one.full_name for one in pywellen.Waveform(str(file.path)).all_vars()}
    added = [rest[0] for name, *rest in commands if name == "variable_add"]
    assert set(added) == known
    assert len(added) == len(file.traces)
    assert ("marker_set", "a_b___1", "2000") in commands
    assert commands[-1] == ("zoom_fit",)


def test_names_and_colours_go_to_the_items_that_they_are_for(file):
    commands = parsed(write_command_file(file.path, file.traces))
    items = [rest[0] for name, *rest in commands if name in ("divider_add", "variable_add")]
    looks = {trace.path: trace.look.value for trace in file.traces}
    colors: dict[str, str] = {}
    for (focus, *item), (name, *rest) in pairwise(commands):
        if focus != "item_focus":
            continue
        place = items[number(item[0])]
        if name == "item_rename":
            assert place == re.sub(r"\W", "_", rest[0])
        else:
            assert rest[0] in THEME
            assert colors.setdefault(looks[place], rest[0]) == rest[0]
    assert len(items) > 16  # more than one digit names an item
    assert colors["state"] == "Yellow"
    assert colors["power"] == "Red"


def test_items_are_numbered_in_letters():
    assert [letters(n) for n in (0, 15, 16, 17, 255, 256)] == ["a", "p", "ba", "bb", "pp", "baa"]
