"""VGG-16 for 32x32 colour images: thirteen convolutions, then 512-512-10.

Models:     3x3 same convolutions with ReLU; batch norm is folded into weights and biases.
Leaves out: dropout and everything else that only training sees.
Source:     arXiv 2105.13904, section V; layer table as in github.com/geifmany/cifar-vgg.
            Mean and deviation of the colours: measured on CIFAR-10's training images.
Checked by: tests/scenarios/test_networks.py
"""

from dataclasses import replace

from scenarios.networks.layers import Shape, stack

NETWORK = replace(
    stack(
        "vgg16",
        Shape(32, 32, 3),
        "64@3 64@3 pool 128@3 128@3 pool 256@3 256@3 256@3 pool"
        " 512@3 512@3 512@3 pool 512@3 512@3 512@3 pool",
        (512, 10),
    ),
    mean=(0.4914, 0.4822, 0.4465),
    deviation=(0.2470, 0.2435, 0.2616),
)
