"""Networks of few bits: how they are trained, folded into integers, kept, and computed."""
