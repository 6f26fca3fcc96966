"""`cosim sweep`: many runs of one scenario over its parameters, none of them lost."""
