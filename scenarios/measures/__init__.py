"""What a run measures: metrics, energy, transactions, and how well they are known."""
