"""What the user of `cosim dram` asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.lpddr3 import Lpddr3Config, preset
from cosim.config import from_toml, override
from cosim.errors import ConfigError
from scenarios.dram.likeness import like
from scenarios.scenario import Mode

PREFIXES = ("soc.", "memory.")
"""What may stand before the path of a parameter, as in the scenarios with a whole machine."""


@dataclass(frozen=True)
class Asked:
    """The options; paths are None for what is not wanted."""

    config: Lpddr3Config
    mode: Mode
    outstanding: int | None = None
    waves: bool = False
    window_ps: tuple[int, int] | None = None
    report: bool = False
    check: bool = False
    json: Path | None = None
    commands: Path | None = None
    form: str = "ramulator"
    requests: Path | None = None
    golden: Path | None = None
    simulator: str = ""
    out: Path = Path("runs")
    line: tuple[str, ...] = ()

    @property
    def keeps_folder(self) -> bool:
        """Whether a run's folder is made."""
        return self.waves or self.report

    def check_for(self, traces: Sequence[Path]) -> None:
        """Refuse options that contradict each other or the number of traces; ConfigError."""
        if self.waves and self.mode is Mode.FAST:
            raise ConfigError("--trace needs the detailed shell; leave --mode fast out")
        if self.window_ps and not self.waves:
            raise ConfigError("--window chooses a part of the waves; add --trace")
        if self.requests is not None and self.mode is Mode.DETAILED:
            raise ConfigError("--requests is written by the fast shell; leave the detailed one out")
        for option, path in (("--commands", self.commands), ("--requests", self.requests)):
            if path is not None and len(traces) > 1:
                raise ConfigError(f"{option} takes one trace, not {len(traces)}")


def configured(
    name: str, file: Path | None, settings: Sequence[str], simulator: str = ""
) -> Lpddr3Config:
    """Return the memory of a preset or of a TOML file, with each PATH=VALUE set.

    With a `simulator` its controller first becomes like that one's.
    """
    config = like(from_toml(Lpddr3Config, file) if file else preset(name), simulator)
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(f"--set must be PATH=VALUE, not {setting!r}")
        for prefix in PREFIXES:
            path = path.strip().removeprefix(prefix)
        config = override(config, path, value.strip())
    return config
