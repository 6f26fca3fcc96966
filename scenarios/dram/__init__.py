"""`cosim dram`: request traces replayed on the LPDDR3 memory, in either shell."""
