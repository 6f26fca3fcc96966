"""The IMAC co-processor: hand-off with the core, subarrays, converters."""

from components.imac.addresses import PAYLOAD_ADDRESS, READY_ADDRESS, TIMER_ADDRESS
from components.imac.buffer import BufferConfig, BufferOverflow
from components.imac.config import ImacConfig
from components.imac.imac import Imac
from components.imac.jobs import Job
from components.imac.misuse import MisuseConfig, Violation
from components.imac.sign_unit import CODE_BITS, CODES, Encoding, EncodingError
from components.imac.subarray import Subarray
from components.imac.timer import TimerConfig, timer_cycles

__all__ = [
    "CODES",
    "CODE_BITS",
    "PAYLOAD_ADDRESS",
    "READY_ADDRESS",
    "TIMER_ADDRESS",
    "BufferConfig",
    "BufferOverflow",
    "Encoding",
    "EncodingError",
    "Imac",
    "ImacConfig",
    "Job",
    "MisuseConfig",
    "Subarray",
    "TimerConfig",
    "Violation",
    "timer_cycles",
]
