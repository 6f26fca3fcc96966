"""Single hand-offs to a co-processor, written by hand: right, wrong, and with faults."""
