"""Configuration: what is accepted, how it is converted and how it is refused."""

import enum
from pathlib import Path
from typing import Literal

import pytest
from pydantic import model_validator

from cosim.config import Config, from_toml, override, param, rows, to_toml
from cosim.errors import ConfigError, DataError


class Replacement(enum.Enum):
    """Which line is evicted."""

    LRU = "lru"
    RANDOM = "random"


class MemoryConfig(Config):
    """A memory for these tests."""

    t_rcd_ps: int = param(18_000, doc="ACT to RD", low=1, high=100_000, source="JESD209-3C")
    clock_hz: int = param(1_600_000_000, doc="clock", low=1_000, source="estimate: for tests")
    size_bytes: int = param(doc="capacity", low=1, source="estimate: for tests")
    supply_v: float = param(0.8, doc="supply", source="estimate: for tests")
    share: float = param(0.5, doc="part", unit="1", low=0.01, source="estimate: for tests")
    ways: int | None = param(None, doc="ways", unit="ways", low=1, source="estimate: for tests")
    replacement: Replacement = param(Replacement.LRU, doc="which line is evicted")
    level: Literal["ideal", "mesh"] = param("ideal", doc="analog level")
    enabled: bool = param(True, doc="present at all")
    windows_ps: tuple[int, ...] = param((1,), doc="windows", low=1, source="estimate: for tests")

    @model_validator(mode="after")
    def _ways_need_room(self) -> "MemoryConfig":
        if self.ways and self.ways > self.size_bytes:
            raise ConfigError("MemoryConfig.ways must be at most size_bytes")
        return self


class SocConfig(Config):
    """A system for these tests."""

    memory: MemoryConfig = MemoryConfig(size_bytes=4)


class StoryConfig(Config):
    """A scenario for these tests."""

    soc: SocConfig = SocConfig()


@pytest.mark.parametrize(
    ("path", "text", "field", "value"),
    [
        ("t_rcd_ps", "17.5 ns", "t_rcd_ps", 17_500),
        ("t_rcd_ps", "500", "t_rcd_ps", 500),
        ("share", "0.01", "share", 0.01),
        ("clock", "1.8GHz", "clock_hz", 1_800_000_000),
        ("size", "2MB", "size_bytes", 2 * 1024 * 1024),
        ("size", "512KiB", "size_bytes", 512 * 1024),
        ("size", "0x40", "size_bytes", 64),
        ("supply_v", "800 mV", "supply_v", 0.8),
        ("ways", "4", "ways", 4),
        ("ways", "none", "ways", None),
        ("replacement", "random", "replacement", Replacement.RANDOM),
        ("level", "mesh", "level", "mesh"),
        ("enabled", "false", "enabled", False),
        ("windows_ps", "1ns, 2", "windows_ps", (1_000, 2)),
    ],
)
def test_text_is_converted_to_the_unit_of_the_field(
    path: str, text: str, field: str, value: object
) -> None:
    config = override(StoryConfig(), f"soc.memory.{path}", text)
    assert getattr(config.soc.memory, field) == value


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("t_rcd_ps", "0", "MemoryConfig.t_rcd_ps must be 1 to 100000 ps, not 0"),
        ("size", "0", "MemoryConfig.size_bytes must be at least 1 bytes, not 0"),
        ("t_rcd_ps", "0.5", "MemoryConfig.t_rcd_ps must be a whole number of ps, not 0.5"),
        (
            "t_rcd_ps",
            "3 V",
            "MemoryConfig.t_rcd_ps must be a whole number of ps, not '3 V'; "
            "'V' cannot be turned into ps",
        ),
        (
            "supply_v",
            "much",
            "MemoryConfig.supply_v must be a number of V, not 'much'; 'much' is no number",
        ),
        (
            "level",
            "mash",
            "MemoryConfig.level must be one of ideal, mesh, not 'mash'; did you mean mesh?",
        ),
        ("enabled", "maybe", "MemoryConfig.enabled must be true or false, not 'maybe'"),
        ("t_rcd", "x.y", "MemoryConfig.t_rcd_ps must be a whole number of ps, not 'x.y'"),
        ("tt_rcd_ps", "1", "MemoryConfig has no parameter tt_rcd_ps; did you mean t_rcd_ps?"),
        ("t_rcd_ps.x", "1", "MemoryConfig.t_rcd_ps has no parameters of its own: x"),
        ("ways", "5", "MemoryConfig.ways must be at most size_bytes"),
    ],
)
def test_a_refusal_is_one_sentence_with_place_rule_and_value(
    path: str, text: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        override(StoryConfig(), f"soc.memory.{path}", text)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_a_required_parameter_must_be_given() -> None:
    with pytest.raises(ConfigError, match=r"^MemoryConfig.size_bytes must be given$"):
        MemoryConfig()


def test_unknown_keys_in_the_constructor_are_refused() -> None:
    with pytest.raises(ConfigError, match="no parameter sise_bytes; did you mean size_bytes"):
        MemoryConfig.model_validate({"sise_bytes": 4})


def test_a_table_is_wanted_where_a_part_is_configured() -> None:
    with pytest.raises(ConfigError, match="MemoryConfig must be a table of parameters, not 3"):
        SocConfig.model_validate({"memory": 3})


def test_a_truth_value_is_no_number() -> None:
    with pytest.raises(ConfigError, match="must be a whole number of bytes, not True"):
        MemoryConfig(size_bytes=True)


def test_a_copy_with_an_update_is_checked_again() -> None:
    with pytest.raises(ConfigError, match="must be 1 to 100000 ps, not -1"):
        MemoryConfig(size_bytes=4).model_copy(update={"t_rcd_ps": -1})


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(Exception, match="frozen"):
        MemoryConfig(size_bytes=4).size_bytes = 5  # type: ignore[misc]  # wrong on purpose


def test_rows_name_path_value_unit_doc_and_source() -> None:
    first = next(rows(StoryConfig()))
    assert first == ("soc.memory.t_rcd_ps", 18_000, "ps", "ACT to RD", "JESD209-3C")
    assert [row.path for row in rows(StoryConfig())][-1] == "soc.memory.windows_ps"


def test_toml_read_back_is_the_same_configuration(tmp_path: Path) -> None:
    config = override(StoryConfig(), "soc.memory.replacement", "random")
    file = tmp_path / "config.toml"
    file.write_text(to_toml(config))
    assert from_toml(StoryConfig, file) == config


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere.toml must be a readable TOML file"):
        from_toml(StoryConfig, tmp_path / "nowhere.toml")


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("a = = 1")
    with pytest.raises(DataError, match="broken.toml must be a TOML file"):
        from_toml(StoryConfig, tmp_path / "broken.toml")


def test_a_bare_value_sets_the_parameter_that_stands_for_a_part():
    class Part(Config):
        stands_for = "kind"
        kind: Literal["a", "b"] = param("a", doc="kind")
        size: int = param(1, doc="size", unit="1", source="estimate: one")

    class Whole(Config):
        part: Part = param(Part(), doc="part")

    changed = override(override(Whole(), "part.size", "3"), "part", "b")
    assert (changed.part.kind, changed.part.size) == ("b", 3)
    with pytest.raises(ConfigError, match="Part.kind must be one of a, b, not 'c'"):
        override(Whole(), "part", "c")
