"""Kernel of cosim: time, events, modules, sockets, registers and probes on SimPy."""

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
from cosim.registers import Access, Register, register
from cosim.signals import Signal
from cosim.simulator import Simulator, Status
from cosim.sockets import InitiatorSocket, TargetSocket, initiator_socket, target_socket
from cosim.transaction import Command, Phase, Response, Sync, Transaction

__all__ = [
    "Access",
    "AddressError",
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
    "rows",
    "signal",
    "span",
    "target_socket",
]
