"""The ratio of convolution to dense layers as a design space: `cosim conv-fc`."""
