"""System B: a bit-wise accelerator in MRAM, what it runs, and what it is held against."""
