"""Reading VCD files back with programs that are not ours."""

from pathlib import Path
from typing import Any

import pywellen
from vcd.reader import TokenKind, tokenize

Changes = list[tuple[int, Any]]


def decoded(value: Any) -> Any:
    """Return text of a VCD file as it was written.

    Wellen undoes the escapes, but takes each byte for a letter; in FST files it reads UTF-8.
    """
    return value.encode("latin-1").decode("utf-8") if isinstance(value, str) else value


def changes(path: Path) -> dict[str, Changes]:
    """Return every change of every variable, read by wellen (the reader inside Surfer)."""
    waves = pywellen.Waveform(str(path))
    names = {str(one.signal_id): one.full_name for one in waves.all_vars()}
    is_vcd = path.suffix == ".vcd"
    found: dict[str, Changes] = {name: [] for name in names.values()}

    def take(when: int, signal: object, value: Any) -> None:
        found[names[str(signal)]].append((when, decoded(value) if is_vcd else value))

    waves.stream_changes(take, None)
    return found


def settled(path: Path) -> dict[str, dict[int, Any]]:
    """Return the last value of each time for every variable."""
    return {name: dict(made) for name, made in changes(path).items()}


def variables(path: Path) -> dict[str, tuple[str, int]]:
    """Return type and width of every variable by its path, read by pyvcd's tokeniser."""
    scopes: list[str] = []
    found = {}
    with path.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR:
                name = ".".join([*scopes, token.var.reference])
                found[name] = (token.var.type_.value, token.var.size)
    return found


def times(path: Path) -> list[int]:
    """Return the time stamps in file order, read by pyvcd's tokeniser."""
    with path.open("rb") as file:
        return [
            token.time_change for token in tokenize(file) if token.kind is TokenKind.CHANGE_TIME
        ]
