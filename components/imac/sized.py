"""Gauges whose number or width is a parameter, so that a class cannot declare them."""

from typing import Any

from cosim import Gauge, Module


def sized_gauge(module: Module, name: str, doc: str, **kind: Any) -> Gauge:
    """Give a module a gauge from its build(); `kind` is that of `cosim.gauge`."""
    made = Gauge(module, name, doc, **kind)
    module.parts[name] = made
    return made


def lanes(module: Module, name: str, count: int, doc: str, **kind: Any) -> list[Gauge]:
    """Give a module the gauges name[0] to name[count - 1]."""
    return [sized_gauge(module, f"{name}[{lane}]", doc, **kind) for lane in range(count)]
