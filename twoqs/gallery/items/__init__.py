"""The items of the gallery, by their names: `SWEEPS`, `numbers` and `figure` of each."""
