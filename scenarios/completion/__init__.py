"""The completion lab: ways to learn that the co-processor is done, side by side."""
