"""The error family. One voice: where, what it must be, what it was, what to do.

    CosimError
    ├── ConfigError          a parameter: unknown name, out of range, wrong unit
    ├── TimeError            a time or frequency that integer picoseconds cannot hold
    ├── ElaborationError     the structure: duplicate name, late module, loop
    │   ├── BindingError     a port or socket: unbound, bound twice, of the wrong kind
    │   └── AddressError     an address map: overlap, gap, out of range
    ├── SignalError          two drivers, or a value that does not fit
    ├── ProtocolError        a hand-off or transport rule was broken
    ├── DeadlockError        work is pending and nothing is left to run
    └── DataError            a file: missing, truncated, of the wrong shape

SimPy rebuilds an exception from its arguments, so every class takes exactly one: the message.
"""


class CosimError(Exception):
    """Anything this project refuses; the message is one clear sentence."""


class ConfigError(CosimError):
    """A configuration value is unknown, out of range or of the wrong unit."""


class TimeError(CosimError):
    """A time does not fit whole picoseconds, or lies in the past."""


class ElaborationError(CosimError):
    """The system's structure is wrong."""


class BindingError(ElaborationError):
    """A port or socket is unbound, bound twice or bound to the wrong kind."""


class AddressError(ElaborationError):
    """An address range overlaps another, is empty or is not mapped."""


class SignalError(CosimError):
    """A signal has two drivers or was given a value that does not fit."""


class ProtocolError(CosimError):
    """A rule of a hand-off or of a transport was broken."""


class DeadlockError(CosimError):
    """Work is pending and nothing is left to run."""


class DataError(CosimError):
    """A file is missing, truncated or of the wrong shape."""
