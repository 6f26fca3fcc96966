"""The measurements that claims name, each with the figures that it finds.

Checked by: tests/scenarios/test_claims_parts.py, tests/scenarios/test_claims_networks.py
"""

from functools import partial

from scenarios.claims import networks, parts, pim
from scenarios.claims.asked import Measurement

GAIN = ("speedup", "saving", "imac_nj", "compute_cycles")
ACCURACY = ("digital", "analog", "coded", "difference")

MEASUREMENTS = {
    "junction": Measurement(
        "the junction's area and resistances",
        (
            "area_um2", "parallel_ohm", "antiparallel_ohm", "resistance_area", "tmr0_percent",
            "half_tmr_v",
        ),
        parts.junction,
    ),
    "neuron": Measurement("the neuron's transfer curve", ("power_uw",), parts.neuron),
    "subarrays": Measurement(
        "both networks in subarrays, written", ("kib", "needed", "write_cycles"), parts.subarrays
    ),
    "hand_off": Measurement("signs of real features", ("bytes", "values"), parts.hand_off),
    "mlp": Measurement("the perceptron on the SoC", ("array_cycles",), networks.mlp),
    "architectures": Measurement(
        "the perceptron on four architectures",
        ("core", "near_memory", "mixed_signal", "arrays"),
        networks.architectures,
    ),
    "lenet5": Measurement(
        "LeNet-5 without and with co-processor", (*GAIN, "new_instructions"), networks.lenet5
    ),
    "vgg16": Measurement(
        "VGG-16 without and with co-processor", GAIN, networks.vgg16, is_slow=True
    ),
    "pim": Measurement(
        "LeNet-5 in MRAM, ReRAM and CMOS",
        ("energy_reram", "speed_reram", "energy_cmos", "speed_cmos"),
        pim.ratios,
    ),
    **{
        f"accuracy_{name}": Measurement(
            f"{name} on its whole test set", ACCURACY, partial(networks.accuracy, name)
        )
        for name in ("mlp", "lenet5", "vgg16")
    },
}  # fmt: skip

FIGURES = {name: measurement.figures for name, measurement in MEASUREMENTS.items()}
