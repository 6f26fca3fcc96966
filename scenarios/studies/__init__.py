"""Studies that several scenarios share: gain, rooflines, architectures."""
