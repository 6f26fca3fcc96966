"""LPDDR3 memory: device, controller, energy."""
