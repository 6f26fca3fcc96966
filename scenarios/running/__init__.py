"""From options to a finished folder: one run, its checkpoint, and what is kept of a hang."""
