"""Kernel of cosim: time, events, modules, sockets, registers and probes on SimPy."""

from cosim.address_map import AddressMap, AddressRange
from cosim.arbiter import Arbiter, fixed_priority, round_robin, weighted
from cosim.buffer import BufferSignal
from cosim.clock import Clock
from cosim.clock_signal import ClockSignal, clock_signal
from cosim.config import Config, override, param, rows
from cosim.control import Unwind
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
from cosim.event import Event, KernelWarning
from cosim.fifo import Fifo, ModuleFifo, fifo
from cosim.graph import to_dot
from cosim.hang import Hang, HangWatch
from cosim.interconnect import Interconnect
from cosim.method import Method
from cosim.module import Module, background, method, process
from cosim.observing import Stage
from cosim.peq import PeqWithCallback, PeqWithGet, payload_queue
from cosim.phase_queues import Inbox
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
from cosim.protocol import Contract, event, follows, role, state, timing
from cosim.quantum import QuantumKeeper
from cosim.registers import Access, Field, Register, register
from cosim.resolved import ResolvedSignal, wire
from cosim.signals import Signal
from cosim.simulator import Simulator, Status
from cosim.sockets import InitiatorSocket, TargetSocket, initiator_socket, target_socket
from cosim.sync import EventQueue, Mutex, Semaphore
from cosim.transaction import Command, Phase, Response, Sync, Transaction
from cosim.waits import Firings

__all__ = [
    "Access",
    "AddressError",
    "AddressMap",
    "AddressRange",
    "Arbiter",
    "BindingError",
    "BufferSignal",
    "Clock",
    "ClockSignal",
    "Command",
    "Config",
    "ConfigError",
    "Contract",
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
    "EventQueue",
    "Field",
    "Fifo",
    "Firings",
    "Gauge",
    "Hang",
    "HangWatch",
    "Held",
    "InPort",
    "Inbox",
    "InitiatorSocket",
    "Interconnect",
    "KernelWarning",
    "Method",
    "Module",
    "ModuleFifo",
    "ModuleSignal",
    "Mutex",
    "Observer",
    "OutPort",
    "PeqWithCallback",
    "PeqWithGet",
    "Phase",
    "Probe",
    "Process",
    "ProtocolError",
    "QuantumKeeper",
    "Register",
    "ResolvedSignal",
    "Response",
    "Semaphore",
    "ServicePort",
    "Signal",
    "SignalError",
    "Simulator",
    "Span",
    "Stage",
    "Status",
    "Steps",
    "Sync",
    "TargetSocket",
    "TimeError",
    "Transaction",
    "Unwind",
    "View",
    "background",
    "clock_signal",
    "counter",
    "distribution",
    "drives",
    "energy",
    "event",
    "fifo",
    "fixed_priority",
    "follows",
    "gauge",
    "held",
    "in_port",
    "initiator_socket",
    "method",
    "out_port",
    "override",
    "param",
    "payload_queue",
    "port",
    "process",
    "register",
    "role",
    "round_robin",
    "rows",
    "signal",
    "span",
    "state",
    "target_socket",
    "timing",
    "to_dot",
    "weighted",
    "wire",
]
