"""The lab's workload: LeNet-5's dense layers alone, handed over as its program does.

Models:     the 400 signs of one digit as an image of its own, so that the network has no other
            layers; transfer, wait, codes and choice of the class are those of the whole network.
Leaves out: the convolutions, which no completion scheme changes.
Checked by: tests/scenarios/test_completion_lab.py
"""

from dataclasses import replace

import numpy as np

from components.imac import ImacConfig
from scenarios.networks import lenet5, reference
from scenarios.networks.images import Images, load_images
from scenarios.networks.layers import Network, Shape
from scenarios.networks.lowering import program
from scenarios.networks.weights import Weights, load
from scenarios.running.inference import Task

WHITE = 255
"""Pixel that is 1 behind the network's scale."""

HAND_OFFS = 2
"""Of the program: the first finds all caches cold, the second is measured."""


class Workload:
    """The dense layers with the signs of one digit, as often as there are hand-offs."""

    def __init__(self, digit: int = 0) -> None:
        weights = load(lenet5.NETWORK)
        images = load_images(lenet5.NETWORK).part(digit, digit + 1)
        features = reference.features(weights, images.pixels)
        signs = reference.signs(features)
        network = Network("lenet5_dense", Shape(1, 1, signs.shape[1]), (), lenet5.NETWORK.dense)
        self.weights: Weights = replace(weights, network=network)
        pixels = np.where(signs > 0, WHITE, 0).astype(np.uint8).reshape(1, 1, 1, -1)
        self.images = Images(
            np.repeat(pixels, HAND_OFFS, axis=0),
            np.repeat(images.labels, HAND_OFFS),
            np.repeat(images.indices, HAND_OFFS),
        )

    def task(self, imac: ImacConfig) -> Task:
        """Return the program under a co-processor's protocol, with what it is about."""
        pixels, steps = self.images.pixels, imac.hand_off.steps()
        lowered = program(
            self.weights, pixels, "imac", None, imac.inputs_most, imac.encoding, steps
        )
        return Task(self.weights, self.images, lowered)
