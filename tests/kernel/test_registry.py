"""Classes by name: added, installed, or in a file."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cosim import ConfigError, DataError, registry
from cosim.registry import Registry, load_file


class Shape:
    pass


SHAPES = Registry("shape", "cosim.shapes", Shape)


@SHAPES.add("circle")
class Circle(Shape):
    pass


def write(folder: Path, text: str) -> str:
    file = folder / "mine.py"
    file.write_text(f"from tests.kernel.test_registry import SHAPES, Shape\n\n{text}")
    return str(file)


def test_a_class_is_found_by_its_name() -> None:
    assert SHAPES.find("circle") is Circle


def test_a_name_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="there is no shape circel; did you mean circle"):
        SHAPES.find("circel")


def test_a_file_adds_a_class_and_may_be_read_again(tmp_path: Path) -> None:
    file = write(tmp_path, '@SHAPES.add("square")\nclass Square(Shape):\n    pass\n')
    assert SHAPES.find(file).__name__ == "Square"
    assert SHAPES.find(file).__name__ == "Square"
    assert "square" in SHAPES.names()


def test_a_file_that_adds_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mine.py must add one shape; it adds none"):
        SHAPES.find(write(tmp_path, ""))


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="missing.py must be a Python file; there is no such file"):
        SHAPES.find("missing.py")


def test_a_name_belongs_to_one_class(tmp_path: Path) -> None:
    file = write(tmp_path, '@SHAPES.add("circle")\nclass Other(Shape):\n    pass\n')
    with pytest.raises(ConfigError, match="shape circle must be one class; "):
        SHAPES.find(file)


def test_an_installed_package_offers_a_class_that_is_imported_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[str] = []

    class Oval(Shape):
        pass

    def load() -> type[Shape]:
        loads.append("oval")
        return Oval

    offered = [SimpleNamespace(name="oval", value="ovals:Oval", load=load)]
    monkeypatch.setattr(registry, "entry_points", lambda group: offered if group else [])
    shapes = Registry("shape", "cosim.ovals", Shape)
    assert shapes.names() == ["oval"]
    assert loads == []
    assert shapes.find("oval") is shapes.find("oval") is Oval
    assert loads == ["oval"]


@pytest.mark.parametrize("added", [3, int, lambda: Circle])
def test_what_is_no_class_of_the_kind_is_refused(added: Any) -> None:
    with pytest.raises(ConfigError, match="shape odd must be a class that extends Shape, not <?"):
        SHAPES.add("odd")(added)
    assert "odd" not in SHAPES.names()


def test_an_empty_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="there is no shape without a name; known: .*circle"):
        SHAPES.find("")


def test_an_installed_package_that_cannot_be_imported_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered = EntryPoint("oval", "no_such_package:Oval", "cosim.absent")
    monkeypatch.setattr(registry, "entry_points", lambda group: [offered])
    message = "shape oval, offered as no_such_package:Oval, must be Python that can be imported: "
    with pytest.raises(DataError, match=message):
        Registry("shape", "cosim.absent", Shape).find("oval")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def broken(:\n", "line 1 must be Python that can be imported: SyntaxError"),
        ("\nimport no_such_module\n", "line 2 must be Python that can be imported: ModuleNotFound"),
        ("x = 1\nint('one')\n", "line 2 must be Python that can be imported: ValueError"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "unimportable.py"
    file.write_text(text)
    with pytest.raises(DataError) as refused:
        load_file(file)
    assert f"{file}, {told}" in str(refused.value)


def test_a_file_finds_those_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "beside_it", raising=False)
    (tmp_path / "beside_it.py").write_text("NUMBER = 7\n")
    (tmp_path / "finds_it.py").write_text("from beside_it import NUMBER\n")
    monkeypatch.chdir(tmp_path)
    assert load_file(Path("finds_it.py")).NUMBER == 7
    monkeypatch.chdir("/")
    assert load_file(tmp_path / "finds_it.py").NUMBER == 7
    assert sys.path.count(str(tmp_path)) == 1


def test_a_file_beside_another_hides_nothing_that_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    (tmp_path / "colorsys.py").write_text("raise RuntimeError\n")
    (tmp_path / "colours.py").write_text("from colorsys import rgb_to_hsv\n")
    assert load_file(tmp_path / "colours.py").rgb_to_hsv(0, 0, 0) == (0, 0, 0)
