"""Pictures of any sweep, and their style."""
