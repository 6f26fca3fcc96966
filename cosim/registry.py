"""Classes that a configuration names: ours, those of installed packages, those of a file.

    PROTOCOLS = Registry("hand-off protocol", "cosim.protocols", HandOffProtocol)

    @PROTOCOLS.add("doorbell")
    class Doorbell(HandOffProtocol): ...

    PROTOCOLS.find("doorbell")  # or PROTOCOLS.find("my_doorbell.py"): the one that the file adds
    PROTOCOLS.configured("doorbell:setup=4")  # the class, and its configuration

An installed package offers a class by an entry point of the registry's group; it is imported when
it is named for the first time.
Checked by: tests/kernel/test_registry.py
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Generic, TypeVar

from cosim.config import Config, field_name, override
from cosim.errors import ConfigError, CosimError, DataError
from cosim.module import config_classes
from cosim.names import hint

Kind = TypeVar("Kind")
Class = TypeVar("Class", bound=type)

SUFFIX = ".py"
"""What a name ends in that is a file."""


class Registry(Generic[Kind]):
    """Classes by name, all of one `kind`.

    `what` they are stands in errors, `group` is that of the entry points.
    """

    def __init__(self, what: str, group: str, kind: type[Kind]) -> None:
        self.what = what
        self.group = group
        self.kind = kind
        self._known: dict[str, type[Kind]] = {}

    def add(self, name: str) -> Callable[[Class], Class]:
        """Return a decorator that lets a class be found by `name`.

        Raises ConfigError if another class has it, or if what is added is of another kind.
        """

        def keep(added: Class) -> Class:
            is_kind = isinstance(added, type) and issubclass(added, self.kind)
            if not is_kind:
                raise ConfigError(
                    f"{self.what} {name} must be a class that extends {self.kind.__name__}, not "
                    f"{added!r}"
                )
            before = self._known.get(name)
            if before is not None and _place(before) != _place(added):
                raise ConfigError(
                    f"{self.what} {name} must be one class; {before.__module__}.{before.__name__} "
                    f"and {added.__module__}.{added.__name__} have that name; rename one"
                )
            self._known[name] = added
            return added

        return keep

    def names(self) -> list[str]:
        """Return all names there are, without importing what is installed."""
        return sorted({*self._known, *(one.name for one in self._installed())})

    def find(self, name: str) -> type[Kind]:
        """Return the class called `name`, or the one that the file `name` adds.

        Raises ConfigError with the nearest name if there is none, DataError for a file that adds
        none, or several, and for an installed one that cannot be imported.
        """
        if name.endswith(SUFFIX):
            return self._in_file(Path(name))
        if name not in self._known:  # to ask what is installed takes milliseconds
            for offered in self._installed():
                if offered.name == name:
                    with _named(f"{self.what} {name}, offered as {offered.value},"):
                        self.add(name)(offered.load())
        if name not in self._known:
            told = hint(name, self.names())
            raise ConfigError(f"there is no {self.what} {name or 'without a name'}{told}")
        return self._known[name]

    def configured(self, text: str) -> tuple[type[Kind], Config | None]:
        """Return the class that `NAME` or `NAME:KEY=VALUE,KEY=VALUE` stands for, with its `config`.

        The configuration is None if it has none. Raises what `find` does, and ConfigError for an
        unknown parameter, or one that is given twice.
        """
        name, _, settings = text.partition(":")
        kind = self.find(name)
        classes = config_classes(kind)
        config = classes[0]() if classes else None
        given: set[str] = set()
        for setting in filter(None, settings.split(",")):
            key, equals, value = setting.partition("=")
            if not equals:
                raise ConfigError(f"{self.what} {name} must be given KEY=VALUE, not {setting!r}")
            if config is None:
                raise ConfigError(f"{self.what} {name} has no parameters; leave {setting!r} out")
            field = field_name(type(config), key.strip())
            if field in given:
                once = f"must be given {field} once, not again"
                raise ConfigError(f"{self.what} {name} {once} {setting!r}")
            given.add(field)
            config = override(config, field, value.strip())
        return kind, config

    def _in_file(self, file: Path) -> type[Kind]:
        before = dict(self._known)
        module = load_file(file)
        added = [one for name, one in self._known.items() if before.get(name) is not one]
        if "." in module.__name__ and not added:  # a part of a package is imported once
            added = [one for one in self._known.values() if one.__module__ == module.__name__]
        if len(added) != 1:
            found = ", ".join(one.__name__ for one in added) or "none"
            raise DataError(f"{file} must add one {self.what}; it adds {found}")
        return added[0]

    def _installed(self) -> tuple[EntryPoint, ...]:
        return _offered(self.group, tuple(sys.path))


@cache
def _offered(group: str, path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Return what the packages on `path` offer; reading all of them takes 10 ms."""
    return tuple(entry_points(group=group))


def load_file(file: Path) -> ModuleType:
    """Import a Python file from anywhere under the name of its stem; raises DataError.

    It finds files beside it, unless something installed has their name. One that belongs to a
    package is imported as a part of it.
    """
    if not file.is_file():
        raise DataError(f"{file} must be a Python file; there is no such file")
    name, folder = place_of(file.resolve())
    is_part = "." in name
    if str(folder) not in sys.path:
        sys.path.insert(0 if is_part else len(sys.path), str(folder))
    if is_part:
        with _named(file.resolve()):
            return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise DataError(f"{file} must be a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(file.stem, module)
    with _named(file):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _named(what: Path | str) -> Iterator[None]:
    """Say of what an import raises which file it is in, and where."""
    try:
        yield
    except CosimError:
        raise
    except Exception as error:
        own = str(Path(what).absolute())
        frames = [one for one in extract_tb(error.__traceback__) if one.filename == own]
        line = getattr(error, "lineno", None) or (frames[-1].lineno if frames else None)
        where = f"{what}, line {line}" if line else str(what)
        raise DataError(
            f"{where} must be Python that can be imported: {type(error).__name__}: {error}"
        ) from error


def place_of(file: Path) -> tuple[str, Path]:
    """Return a file's name in the packages that it lies in, and the folder that holds the first."""
    names, folder = [file.stem], file.parent
    while (folder / "__init__.py").is_file():
        names, folder = [folder.name, *names], folder.parent
    return ".".join(names), folder


def _place(found: type) -> tuple[str, str]:
    """Return where a class stands; a file that is loaded twice makes the same one twice."""
    return found.__module__, found.__qualname__
