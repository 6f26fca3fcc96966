"""Waveforms, timelines and reports: observers of probes, and the files they write."""
