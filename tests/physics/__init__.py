"""Limits, symmetry, moments and anchors of the physical models."""
