"""Kernel of cosim: time, events, modules, sockets, registers and probes on SimPy."""

from cosim.address_map import AddressMap, AddressRange
from cosim.arbiter import Arbiter, fixed_priority, round_robin, weighted
from cosim.clock import Clock
from cosim.config import Config, override, param, rows
from cosim.declared_signals import ModuleSignal, drives, signal
from cosim.dmi import DirectMemory
from cosim.environment import Environment
from cosim.errors import (
    AddressError,
    BindingError,
    ConfigError,
    CosimError,
    DataError,
    DeadlockError,
    ElaborationError,
    ProtocolError,
    SignalError,
    TimeError,
)
from cosim.event import Event
from cosim.graph import to_dot
from cosim.module import Module, method, process
from cosim.ports import InPort, OutPort, ServicePort, in_port, out_port, port
from cosim.probes import (
    Counter,
    Distribution,
    Energy,
    Gauge,
    Held,
    Observer,
    Probe,
    Span,
    View,
    counter,
    distribution,
    energy,
    gauge,
    held,
    span,
)
from cosim.process import Process, Steps
from cosim.quantum import QuantumKeeper
from cosim.registers import Access, Field, Register, register
from cosim.signals import Signal
from cosim.simulator import Simulator, Status
from cosim.sockets import InitiatorSocket, TargetSocket, initiator_socket, target_socket
from cosim.transaction import Command, Phase, Response, Sync, Transaction

__all__ = [
    "Access",
    "AddressError",
    "AddressMap",
    "AddressRange",
    "Arbiter",
    "BindingError",
    "Clock",
    "Command",
    "Config",
    "ConfigError",
    "CosimError",
    "Counter",
    "DataError",
    "DeadlockError",
    "DirectMemory",
    "Distribution",
    "ElaborationError",
    "Energy",
    "Environment",
    "Event",
    "Field",
    "Gauge",
    "Held",
    "InPort",
    "InitiatorSocket",
    "Module",
    "ModuleSignal",
    "Observer",
    "OutPort",
    "Phase",
    "Probe",
    "Process",
    "ProtocolError",
    "QuantumKeeper",
    "Register",
    "Response",
    "ServicePort",
    "Signal",
    "SignalError",
    "Simulator",
    "Span",
    "Status",
    "Steps",
    "Sync",
    "TargetSocket",
    "TimeError",
    "Transaction",
    "View",
    "counter",
    "distribution",
    "drives",
    "energy",
    "fixed_priority",
    "gauge",
    "held",
    "in_port",
    "initiator_socket",
    "method",
    "out_port",
    "override",
    "param",
    "port",
    "process",
    "register",
    "round_robin",
    "rows",
    "signal",
    "span",
    "target_socket",
    "to_dot",
    "weighted",
]
