"""Every parameter says what it means, in which unit, and where its number comes from."""

import inspect
import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import pytest

from cosim import units
from cosim.config import Config, Meaning, unit_of
from tests.architecture.sources import classes, functions, product_files, relative

CONFIGS = classes(Config)


def is_number(annotation: Any) -> bool:
    """Tell whether a field holds numbers: one, several, or perhaps none."""
    if get_origin(annotation) in (Union, types.UnionType, tuple, list):
        return any(is_number(inner) for inner in get_args(annotation))
    return annotation in (int, float)


def parameters() -> Iterator[tuple[type[Config], str, Any]]:
    """Yield every parameter that is no part with parameters of its own."""
    for config in CONFIGS:
        for name, info in config.model_fields.items():
            annotation = info.annotation
            if inspect.isclass(annotation) and issubclass(annotation, Config):
                continue
            yield config, name, info


def meaning(info: Any) -> Meaning:
    found = [entry for entry in info.metadata if isinstance(entry, Meaning)]
    return found[0] if found else Meaning(None, None, None, None, None)


def test_every_parameter_has_a_sentence() -> None:
    assert [f"{c.__name__}.{n}" for c, n, info in parameters() if not info.description] == []


def test_every_number_has_a_unit() -> None:
    assert [
        f"{config.__name__}.{name}"
        for config, name, info in parameters()
        if is_number(info.annotation) and not unit_of(config, name)
    ] == []


def test_every_number_with_a_default_has_a_source() -> None:
    assert [
        f"{config.__name__}.{name}"
        for config, name, info in parameters()
        if is_number(info.annotation) and not info.is_required() and not meaning(info).source
    ] == []


def test_every_energy_power_and_current_says_how_well_it_is_known() -> None:
    assert [
        f"{config.__name__}.{name}"
        for config, name, info in parameters()
        if unit_of(config, name) in ("pJ", "mW", "uW", "mA") and not meaning(info).spreads
    ] == []


def test_an_estimate_says_why() -> None:
    found = []
    for config, name, info in parameters():
        source = meaning(info).source or ""
        words = source.removeprefix("estimate:").split()
        if source.lower().startswith("estimate") and (
            not source.startswith("estimate:") or len(words) < 2
        ):
            found.append(f"{config.__name__}.{name}: {source}")
    assert found == []


def test_the_unit_in_a_name_is_the_unit_of_the_parameter() -> None:
    assert [
        f"{config.__name__}.{name}: {unit_of(config, name)}"
        for config, name, _ in parameters()
        if units.unit_of(name) and units.unit_of(name) != unit_of(config, name)
    ] == []


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.__name__)
def test_defaults_obey_their_own_ranges(config: type[Config]) -> None:
    given = {
        name: info.get_default(call_default_factory=True)
        for name, info in config.model_fields.items()
        if not info.is_required()
    }
    if len(given) == len(config.model_fields):
        assert config.model_validate(given) == config()


def test_no_name_in_picoseconds_is_a_float() -> None:
    found = []
    for file in product_files():
        for function in functions(file):
            arguments = [*function.args.args, *function.args.kwonlyargs]
            found += [
                f"{relative(file)}:{argument.lineno} {argument.arg}"
                for argument in arguments
                if argument.arg.endswith("_ps")
                and getattr(argument.annotation, "id", "") == "float"
            ]
    assert found == []
