"""What master equations say about requests: each kind that a simulation measures."""
