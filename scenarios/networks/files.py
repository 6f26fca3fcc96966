"""Reading and writing .npz files so that a bad one is refused with one sentence."""

import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from cosim.errors import DataError

Array: TypeAlias = npt.NDArray[Any]


BROKEN = (
    OSError, EOFError, ValueError, KeyError, SyntaxError, TypeError,
    OverflowError, RuntimeError, MemoryError, TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading a damaged file raises: zipfile refuses it, or numpy stumbles over an array's head
before its checksum is looked at."""


class NpzFile:
    """The arrays of one .npz file, each checked as it is taken."""

    def __init__(self, path: Path) -> None:
        """Read all of `path`; raises DataError if it is missing, truncated or no .npz."""
        self.path = path
        try:
            with path.open("rb") as stream:  # numpy leaves its own open when a file is damaged
                opened = np.load(stream, allow_pickle=False)
                if not isinstance(opened, np.lib.npyio.NpzFile):
                    raise ValueError("a single array")
                self.arrays = {key: opened[key] for key in opened.files}
        except FileNotFoundError:
            raise DataError(f"{path} must be an .npz file; there is no such file") from None
        except BROKEN as error:
            raise DataError(
                f"{path} must be a complete .npz file; it is truncated or of another kind ({error})"
            ) from None

    def __contains__(self, key: str) -> bool:
        return key in self.arrays

    def rank(self, key: str) -> int:
        """Return how many axes array `key` has."""
        return int(self.arrays[key].ndim)

    def take(self, key: str, shape: tuple[int | None, ...]) -> Array:
        """Return array `key`; None in `shape` leaves that length open.

        Raises DataError if it is missing or of another shape.
        """
        if key not in self.arrays:
            found = ", ".join(sorted(self.arrays)) or "nothing"
            raise DataError(f"{self.path} must hold the array {key}; it holds {found}")
        array = self.arrays[key]
        fits = len(array.shape) == len(shape) and all(
            wanted is None or wanted == length
            for wanted, length in zip(shape, array.shape, strict=True)
        )
        if not fits:
            raise DataError(
                f"{self.path}: {key} must have the shape {_shape(shape)}, not {_shape(array.shape)}"
            )
        return array

    def whole(self, key: str) -> Array:
        """Return array `key` of any shape; raises DataError if it is missing."""
        if key not in self.arrays:
            raise DataError(f"{self.path} must hold the array {key}; it does not")
        return self.arrays[key]

    def take_numbers(self, key: str, shape: tuple[int | None, ...]) -> npt.NDArray[np.float32]:
        """Return array `key` as finite float32; raises DataError for anything else."""
        array = self.take(key, shape)
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise DataError(f"{self.path}: {key} must hold finite numbers only")
        return array.astype(np.float32)

    def take_signs(self, key: str, shape: tuple[int | None, ...]) -> npt.NDArray[np.int8]:
        """Return array `key` as int8 of -1 and +1; raises DataError for any other value."""
        array = self.take(key, shape)
        if array.dtype.kind not in "fiu" or not (np.abs(array.astype(np.float64)) == 1).all():
            raise DataError(f"{self.path}: {key} must hold -1 and +1 only")
        return array.astype(np.int8)

    def take_bytes(self, key: str, shape: tuple[int | None, ...]) -> npt.NDArray[np.uint8]:
        """Return array `key`, which must hold integers 0 to 255."""
        array = self.take(key, shape)
        if array.dtype.kind not in "iu" or ((array < 0) | (array > 255)).any():
            raise DataError(f"{self.path}: {key} must hold integers from 0 to 255")
        return array.astype(np.uint8)

    def text(self, key: str, default: str) -> str:
        """Return the string stored as `key`, `default` if there is none."""
        return str(self.arrays[key]) if key in self.arrays else default


def _shape(lengths: tuple[int | None, ...]) -> str:
    """Return a shape as it stands in a sentence."""
    return " x ".join("any" if n is None else str(n) for n in lengths) or "of a single number"


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write `arrays` compressed to `path`; a reader sees the old file or the whole new one.

    Raises DataError if the folder cannot be written.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream, _removed_on_failure(part):
            np.savez_compressed(stream, **arrays)
        part.replace(path)
    except OSError as error:
        raise DataError(f"{path} must be in a folder that can be written: {error}") from None


@contextmanager
def _removed_on_failure(part: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        part.unlink()
        raise
