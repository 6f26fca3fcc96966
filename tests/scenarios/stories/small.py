"""A network so small that a sweep of it is over at once."""

from scenarios.networks.layers import Shape, stack
from scenarios.running.inference import InferenceConfig, infer
from scenarios.scenario import Scenario

NETWORK = stack("small", Shape(28, 28, 1), "pool 4@5v pool pool", (12, 10))

SCENARIO = Scenario(
    "a small network", InferenceConfig, lambda options: infer(NETWORK, options), resumes=True
)
