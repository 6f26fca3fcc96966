"""What a module class declares, and how its methods are marked.

A declaration stands on the class, with one sentence; every instance of the class gets its own
part made from it. Type checkers see the part on instances and the declaration on the class, so
`@bus.on_transport` in a class body and `self.bus.bound` in a method are both known.
"""

from collections.abc import Callable
from typing import Any, Generic, Literal, NamedTuple, Protocol, Self, TypeVar, overload

from cosim.errors import ElaborationError

Part = TypeVar("Part")
Function = TypeVar("Function", bound=Callable[..., Any])

MARKS = "__cosim_marks__"
"""Attribute of a function that holds its marks."""


SENSITIVITIES = ("changed", "posedge", "negedge")
"""Roles of a method towards a signal or port that starts it; also the names of the events."""

SHARED = (*SENSITIVITIES, "drives")
"""Roles that several methods may have towards one declaration."""


class Owner(Protocol):
    """What a declared part needs of the module it belongs to."""

    @property
    def path(self) -> str:
        """Hierarchical path, such as `soc.imac`."""
        ...

    @property
    def now_ps(self) -> int:
        """Present simulated time."""
        ...


Act = Literal["made", "bound"]
"""What can only be done before elaboration ends."""


class Gate(Protocol):
    """What refuses parts and bindings that come too late."""

    def admit(self, path: str, act: Act = "made") -> None:
        """Raise ElaborationError after elaboration."""


class Bound(Owner, Protocol):
    """What a port or socket needs of the module it belongs to."""

    @property
    def sim(self) -> Gate:
        """The simulation, which knows when elaboration is over."""
        ...

    @property
    def env(self) -> Any:
        """The environment, which is another one in another simulation."""
        ...


class Declaration(Generic[Part]):
    """One declared part of a module class; `make(owner, name)` builds it for an instance."""

    def __init__(self, doc: str, make: Callable[[Any, str], Part]) -> None:
        self.doc = doc
        self.make = make
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Part: ...

    def __get__(self, instance: object, owner: type) -> Self | Part:
        """Return the declaration to the class; an instance has its part in its own place."""
        return self if instance is None else vars(instance)[self.name]


class Declaring(type):
    """The class of module classes: keeps their declarations beside them.

    CPython finds an attribute of an instance at once only if its class has none of that name.
    """

    declared: dict[str, Declaration[Any]]
    """Those of the class itself, in the order they are written."""

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> None:
        super().__init__(name, bases, namespace)
        own = {key: item for key, item in namespace.items() if isinstance(item, Declaration)}
        cls.declared = own
        for declared in own:
            delattr(cls, declared)

    def __getattr__(cls, name: str) -> Any:
        try:
            return declarations(cls)[name]
        except KeyError:
            raise AttributeError(f"{cls.__name__} declares no {name}") from None


class Mark(NamedTuple):
    """What a decorated method is for: a role, perhaps towards one declaration of its class."""

    role: str
    declaration: Declaration[Any] | None


def mark(function: Function, role: str, declaration: Declaration[Any] | None = None) -> Function:
    """Note on a function what it is for, and return it unchanged."""
    vars(function).setdefault(MARKS, []).append(Mark(role, declaration))
    return function


def declarations(cls: type) -> dict[str, Declaration[Any]]:
    """Return every declaration of a class by name, bases first, in the order they are written."""
    found: dict[str, Declaration[Any]] = {}
    for base in reversed(cls.__mro__):
        found |= vars(base).get("declared", {})
        for name, item in vars(base).items():
            if name in found:
                raise ElaborationError(
                    f"{base.__name__}.{name} must stay a declaration, because a base class "
                    f"declares it; it became a {type(item).__name__}; rename it"
                )
    return found


def marked(cls: type) -> dict[str, list[Mark]]:
    """Return the marks of each marked method by name, bases first; an override keeps them."""
    found: dict[str, list[Mark]] = {}
    for base in reversed(cls.__mro__):
        for name, item in vars(base).items():
            found.setdefault(name, []).extend(getattr(item, MARKS, ()))
    return {name: marks for name, marks in found.items() if marks}


def callbacks(cls: type) -> dict[tuple[str, str], str]:
    """Return which method serves each (declared name, role); the last written wins.

    Raises ElaborationError if one class has two methods for the same.
    """
    found: dict[tuple[str, str], str] = {}
    for base in reversed(cls.__mro__):
        own: dict[tuple[str, str], str] = {}
        for name, item in vars(base).items():
            for role, declaration in getattr(item, MARKS, ()):
                if declaration is None or role in SHARED:
                    continue
                key = (declaration.name, role)
                if key in own:
                    raise ElaborationError(
                        f"{base.__name__}.{key[0]} must have one method on {role}; "
                        f"it has {own[key]} and {name}; remove one"
                    )
                own[key] = name
        found |= own
    return found
