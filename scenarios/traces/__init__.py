"""Instruction traces on the machine, and ChampSim's machine beside ours."""
