"""What trajectories tell: observables as expressions of operators, and their symbols."""
