"""Who started whom: what is done to a process can be done to its descendants too.

Models:     a process belongs to the one that started it. When that ends, who it leaves behind
            belongs to its parent too, so that the oldest can still be told to end them all.
Leaves out: processes that elaboration starts have no parent.
Source:     IEEE 1666, 5.6.5 and 5.6.6 (SC_INCLUDE_DESCENDANTS); systemc/descendants.cpp.
Checked by: tests/kernel/test_kinship.py, tests/kernel/test_systemc_descendants.py
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self


class Kin(ABC):
    """A process as a member of a family."""

    parent: Any = None
    """The process that started it, or the next one above that has not ended."""

    env: Any
    _children: "dict[Any, None] | None" = None

    @property
    @abstractmethod
    def terminated(self) -> bool:
        """Whether it has ended."""

    @property
    def children(self) -> tuple[Self, ...]:
        """The processes it started that have not ended, oldest first."""
        return tuple(child for child in self._children or () if not child.terminated)

    @property
    def descendants(self) -> tuple[Self, ...]:
        """Its children and theirs that have not ended, each after those below it."""
        below: list[Self] = []
        for child in self.children:
            below += [*child.descendants, child]
        return tuple(below)

    def adopt(self, child: "Kin") -> None:
        """Take a process in."""
        child.parent = self
        if self._children is None:
            self._children = {}
        self._children[child] = None

    def tell_family(self, order: Callable[[Any], Any]) -> None:
        """Give an order to each before its parent, but to the process that runs last."""
        family, running = (*self.descendants, self), self.env._active_proc
        for one in family:
            if one is not running:
                order(one)
        if running in family:
            order(running)

    def leave(self) -> None:
        """Part from the parent, and leave it the children."""
        parent = self.parent
        if parent is not None and not parent.terminated:
            parent._children.pop(self, None)
        for child in self.children:
            child.parent = None
            if parent is not None:
                parent.adopt(child)
