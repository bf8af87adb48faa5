"""Published results beyond the method's paper: sweeps, pictures, and numbers with their sources."""
