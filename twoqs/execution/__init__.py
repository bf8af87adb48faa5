"""Runs of sweeps: what is to be done, in which order, on which workers."""
