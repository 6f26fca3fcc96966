"""The analog part by itself: where layers lie, what ngspice says, what wires cost in accuracy."""
