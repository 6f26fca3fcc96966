"""VGG-16 for 32x32 colour images: thirteen convolutions, then 512-512-10.

Models:     3x3 same convolutions with ReLU; batch norm is folded into weights and biases.
            `SLIM` has the same layers with fewer filters, and 512 in the last one.
Leaves out: dropout and everything else that only training sees.
Source:     arXiv 2105.13904, section V; layer table as in github.com/geifmany/cifar-vgg.
            Mean and deviation of the colours: measured on CIFAR-10's training images.
Checked by: tests/scenarios/test_networks.py, tests/scenarios/test_vgg16.py
"""

from dataclasses import replace

from scenarios.networks.layers import Network, Shape, stack


def _network(name: str, spatial: str) -> Network:
    """Return a network of CIFAR-10 with the colours scaled as in training."""
    return replace(
        stack(name, Shape(32, 32, 3), spatial, (512, 10)),
        mean=(0.49139968, 0.48215841, 0.44653091),
        deviation=(0.24703223, 0.24348513, 0.26158784),
        samples="cifar10_100",
    )


NETWORK = _network(
    "vgg16",
    "64@3 64@3 pool 128@3 128@3 pool 256@3 256@3 256@3 pool"
    " 512@3 512@3 512@3 pool 512@3 512@3 512@3 pool",
)

SLIM = _network(
    "vgg16_slim",
    "24@3 24@3 pool 48@3 48@3 pool 96@3 96@3 96@3 pool"
    " 192@3 192@3 192@3 pool 256@3 256@3 512@3 pool",
)
