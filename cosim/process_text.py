"""What the text of a process says: whether it waits as a server does, and whom it calls.

Read only when a hang is told; nothing here runs during simulation.

Models:     `while` loops around a wait; calls written as names and attributes (`self.out.write`)
            through ports, sockets and local names, followed into the model's own functions.
Leaves out: what is computed, and text that is in no file: of such a process it is assumed that it
            is a server and calls nobody.
Checked by: tests/kernel/test_process_text.py
"""

import ast
import inspect
import textwrap
from collections import ChainMap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType, FrameType, FunctionType, MethodType
from typing import Any, NamedTuple

from cosim.module import Module
from cosim.ports import Port
from cosim.quantum import QuantumKeeper
from cosim.registers import Register
from cosim.sockets import InitiatorSocket, Link, TargetSocket

KERNEL = __name__.partition(".")[0] + "."
"""How the names of the kernel's modules begin: its functions are known and not followed."""

FORWARD = ("transport", "b_transport", "nb_transport_fw")
"""Calls of an initiator socket that reach the target."""


TOLD = (ast.Assign, ast.For, ast.Call)
"""Nodes of a text that say what its names stand for, and what it calls."""


class Call(NamedTuple):
    """A method of some object that a text calls."""

    thing: Any
    verb: str


@lru_cache(maxsize=1024)
def syntax(code: CodeType) -> ast.AST | None:
    """Return the syntax tree of a function with the line numbers of its file, None without one."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, TypeError, SyntaxError):
        return None
    ast.increment_lineno(tree, code.co_firstlineno - 1)
    return tree


@lru_cache(maxsize=1024)
def _told(code: CodeType) -> tuple[ast.AST, ...]:
    """Return what a function's text assigns, repeats and calls, outermost first."""
    tree = syntax(code)
    return () if tree is None else tuple(one for one in ast.walk(tree) if isinstance(one, TOLD))


def waits_as_server(frame: FrameType) -> bool:
    """Tell whether the place where a generator stands is in a loop that takes work for ever.

    That is any `while` loop but one that only waits for its condition.
    """
    tree = syntax(frame.f_code)
    if tree is None:
        return True
    line = frame.f_lineno
    return any(
        isinstance(node, ast.While)
        and node.lineno <= line <= (node.end_lineno or line)
        and not _only_waits(node)
        for node in ast.walk(tree)
    )


def _only_waits(loop: ast.While) -> bool:
    return not isinstance(loop.test, ast.Constant) and all(
        isinstance(step, ast.Expr) and isinstance(step.value, ast.Yield | ast.YieldFrom)
        for step in loop.body
    )


def calls_of_frames(frames: list[FrameType]) -> list[Call]:
    """Return every call in the text of a process that has not ended, done already or not."""
    reader = _Reader()
    for frame in frames:
        if not frame.f_globals.get("__name__", "").startswith(KERNEL):
            reader.read(frame.f_code, ChainMap({}, frame.f_locals, frame.f_globals))
    return reader.found


def calls_of(function: Any) -> list[Call]:
    """Return every call in the text of a function or bound method, done already or not."""
    reader = _Reader()
    reader.follow(function)
    return reader.found


class _Reader:
    """Collects the calls of one text and of those it leads to."""

    def __init__(self) -> None:
        self.found: list[Call] = []
        self._seen: set[tuple[CodeType, int]] = set()

    def follow(self, function: Any, *arguments: list[Any]) -> None:
        """Read a function of the model, given what is known of its arguments."""
        bound = [[function.__self__]] if isinstance(function, MethodType) else []
        plain = getattr(function, "__func__", function)
        if not isinstance(plain, FunctionType) or plain.__module__.startswith(KERNEL):
            return
        code = plain.__code__
        key = (code, id(bound[0][0]) if bound else 0)
        if key in self._seen:
            return
        self._seen.add(key)
        values = [*bound, *arguments]
        names = {
            name: value[0] for name, value in zip(code.co_varnames, values, strict=False) if value
        }
        cells = inspect.getclosurevars(plain).nonlocals
        self.read(code, ChainMap(names, dict(cells), plain.__globals__))

    def read(self, code: CodeType, names: ChainMap[str, Any]) -> None:
        """Collect the calls of one function's text."""
        nodes = _told(code)
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                _bind(names, node.targets[0].id, _resolve(node.value, names))
            elif isinstance(node, ast.For) and isinstance(node.target, ast.Name):
                _bind(names, node.target.id, _elements(_resolve(node.iter, names)))
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node, names)

    def _call(self, node: ast.Call, names: Mapping[str, Any]) -> None:
        arguments = [_resolve(argument, names) for argument in node.args]
        if isinstance(node.func, ast.Name):
            for function in _resolve(node.func, names):
                self.follow(function, *arguments)
        elif isinstance(node.func, ast.Attribute):
            things = _resolve(node.func.value, names)
            if any(isinstance(thing, QuantumKeeper) for thing in things) and arguments:
                things = arguments[0]
            for thing in things:
                for end in thing.ends if isinstance(thing, Port) else [thing]:
                    self._take(end, node.func.attr, arguments)

    def _take(self, thing: Any, verb: str, arguments: list[list[Any]]) -> None:
        self.found.append(Call(thing, verb))
        if isinstance(thing, InitiatorSocket) and verb in FORWARD:
            for link in thing.links:
                self._reach(link)
        elif isinstance(thing, TargetSocket) and verb == "nb_transport_bw":
            for link in thing.links:
                owner: Any = link.initiator.owner
                self.follow(owner.callback(link.initiator.name, "backward"))
        elif isinstance(inspect.getattr_static(type(thing), verb, None), FunctionType):
            self.follow(getattr(thing, verb), *arguments)

    def _reach(self, link: Link) -> None:
        """Follow a transaction into what serves it."""
        owner: Any = link.target.owner
        servers = [owner.callback(link.target.name, role) for role in ("transport", "forward")]
        if servers == [None, None] and isinstance(owner, Module):
            registers = owner.parts_of(Register)
            servers = [owner.callback(one.name, role) for one in registers
                       for role in ("write", "read")]  # fmt: skip
        for server in servers:
            self.follow(server)


def _bind(names: ChainMap[str, Any], name: str, things: list[Any]) -> None:
    if things and name not in names:
        names[name] = things[0] if len(things) == 1 else things


def _resolve(node: ast.AST, names: Mapping[str, Any]) -> list[Any]:
    """Return what an expression may stand for, as far as it is names, attributes and indices."""
    if isinstance(node, ast.Name):
        return [names[node.id]] if node.id in names else []
    if isinstance(node, ast.Attribute):
        return [end for thing in _resolve(node.value, names) for end in _field(thing, node.attr)]
    if isinstance(node, ast.Subscript):
        return _elements(_resolve(node.value, names))
    return []


def _field(thing: Any, name: str) -> Iterator[Any]:
    if isinstance(thing, Port) and name == "end":
        yield from thing.ends
    elif name in getattr(thing, "__dict__", ()):
        yield vars(thing)[name]


def _elements(things: list[Any]) -> list[Any]:
    found: list[Any] = []
    for thing in things:
        if isinstance(thing, Port):
            found += thing.ends
        elif isinstance(thing, dict):
            found += thing.values()
        elif isinstance(thing, list | tuple):
            found += thing
    return found
