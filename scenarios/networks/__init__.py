"""Networks: what they compute, their weights, their training, and their instructions."""
