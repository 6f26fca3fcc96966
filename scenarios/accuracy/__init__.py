"""How many images a network classifies rightly on the hardware, and what costs the others."""
