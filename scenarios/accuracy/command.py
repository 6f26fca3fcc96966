"""The command `cosim accuracy`, as the command line declares it."""

from scenarios.accuracy import options
from scenarios.analog import options as analog_options
from scenarios.running import arguments


def accuracy(
    network: options.Network,
    images: options.Images = "all",
    analog: options.Level = "virtual_ground",
    variation: options.Variation = None,
    seeds: options.Seeds = 1,
    adc_bits: options.AdcBits = None,
    ir_drop: options.IrDrop = False,
    settings: analog_options.Settings = None,
    encoding: options.Code = None,
    seed: arguments.Seed = 0,
    data: options.Data = None,
    other_data: options.Other = False,
    weights: options.Weights = None,
    json: options.Json = None,
    report: options.Report = None,
) -> None:
    """Classify a test set digitally and on the hardware, and tell what each cause costs."""
    from scenarios.accuracy.asked import Asked
    from scenarios.accuracy.asked import accuracy as run
    from scenarios.analog.asked import configured

    base = configured(settings or ())
    run(
        Asked(
            network, images, analog, variation, seeds, adc_bits, ir_drop, base, encoding, seed,
            data, other_data, weights, json, report,
        )
    )  # fmt: skip
