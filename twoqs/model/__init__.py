"""What is simulated: members, lattice, terms, initial state; data only, no numerics."""
