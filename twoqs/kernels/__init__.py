"""Fast kernels: arrays in, arrays out, numba only, no global interpreter lock."""
