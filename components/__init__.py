"""The parts of the machine: core, caches, interconnect, memory, co-processor and its physics."""
