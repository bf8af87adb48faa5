"""How far off the method is for a model, from twins of it with shorter spins."""
