"""Rules about files that no linter knows: lengths, names, curtains, promises in docstrings."""

import re
import sys

import pytest

from tests.architecture.sources import (
    ROOT,
    all_files,
    functions,
    imported,
    product_files,
    relative,
    tree,
)

FILE_LINES, FUNCTION_LINES = 400, 40
VAGUE = {"base", "data", "handler", "handlers", "helper", "helpers", "info", "manager", "misc"}
VAGUE |= {"util", "utils", "common"}
ABSOLUTE = re.compile(r"""["'\s(=](/(work|root|home|tmp|usr|opt|Users)/\S+)""")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\bNotImplementedError\b")
CHECKED_BY = re.compile(r"tests/[\w/]+\.py")
BEHAVIOUR_IMPORTS = {
    "numpy",
    "numpy.typing",
    "components.low_bit",
    "cosim.address_map",
    "cosim.compiled",
    "cosim.messages",
    "cosim.bundle",
    "cosim.clock",
    "cosim.retention",
}
OBSERVER_IMPORTS = {"cosim.probes", "cosim.errors", "cosim.names", "cosim.units", "cosim.config"}


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {relative(file): len(file.read_text().splitlines()) for file in all_files()}
    assert {name: count for name, count in lengths.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    found = [
        f"{relative(file)}:{function.lineno} {function.name}"
        for file in all_files()
        for function in functions(file)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES
    ]
    assert found == []


def test_no_import_hides_behind_a_type_checking_curtain() -> None:
    assert [relative(file) for file in product_files() if "TYPE_CHECKING" in file.read_text()] == []


def test_no_file_is_named_after_nothing() -> None:
    assert [relative(file) for file in product_files() if file.stem in VAGUE] == []


@pytest.mark.parametrize("pattern", [ABSOLUTE, UNFINISHED])
def test_no_absolute_path_and_nothing_unfinished_in_the_product(pattern: re.Pattern[str]) -> None:
    found = [
        f"{relative(file)}: {line.strip()}"
        for file in product_files()
        for line in file.read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]
    assert found == []


def test_every_test_that_a_docstring_names_exists() -> None:
    found = [
        f"{relative(file)}: {name}"
        for file in product_files()
        for name in CHECKED_BY.findall(file.read_text(encoding="utf-8"))
        if not (ROOT / name).is_file()
    ]
    assert found == []


def test_behaviours_import_arrays_and_compiled_code_only() -> None:
    found = []
    for file in (ROOT / "components").rglob("behaviour.py"):
        own = relative(file.parent).replace("/", ".")
        found += [
            f"{relative(file)}: {name}"
            for name in imported(file)
            if name not in BEHAVIOUR_IMPORTS and not name.startswith(own) and not _standard(name)
        ]
    assert found == []


def test_waveforms_know_probes_and_the_kernel_s_vocabulary_only() -> None:
    found = [
        f"{relative(file)}: {name}"
        for file in (ROOT / "waveforms").rglob("*.py")
        for name in imported(file)
        if name.startswith("cosim") and name not in OBSERVER_IMPORTS
    ]
    assert found == []


def test_every_package_is_complete() -> None:
    packages = {file.parent for file in product_files()}
    missing = [relative(folder) for folder in packages if not (folder / "__init__.py").is_file()]
    assert missing == []


def test_package_files_only_list_names() -> None:
    found = []
    for file in product_files():
        if file.name != "__init__.py":
            continue
        kinds = {type(node).__name__ for node in tree(file).body}
        if kinds - {"Expr", "Import", "ImportFrom", "Assign"}:
            found.append(f"{relative(file)}: {kinds}")
    assert found == []


def _standard(name: str) -> bool:
    """Tell whether a module belongs to Python."""
    return name.partition(".")[0] in sys.stdlib_module_names


def test_the_rules_see_the_files() -> None:
    assert len(product_files()) > 20
    assert ABSOLUTE.search('open("/home/me/x")')
    assert not ABSOLUTE.search("soc/imac/tile")
