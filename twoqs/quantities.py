"""What can be estimated: names, meaning and units of the variables of a dataset."""

MOMENTS = {
    "sx": ("mean of S^x per spin", "hbar"),
    "sy": ("mean of S^y per spin", "hbar"),
    "sz": ("mean of S^z per spin", "hbar"),
    "var_sx": ("variance of S^x, mean over spins", "hbar^2"),
    "var_sy": ("variance of S^y, mean over spins", "hbar^2"),
    "var_sz": ("variance of S^z, mean over spins", "hbar^2"),
    "cov_sxsy": ("symmetrised covariance of S^x and S^y, mean over spins", "hbar^2"),
    "cov_sxsz": ("symmetrised covariance of S^x and S^z, mean over spins", "hbar^2"),
    "cov_sysz": ("symmetrised covariance of S^y and S^z, mean over spins", "hbar^2"),
    "spin_length": ("mean spin length in phase space", "hbar"),
    "spin_length_std": ("spread of the spin length over trajectories", "hbar"),
}
SQUEEZING = {
    "squeezing": ("spin squeezing parameter xi^2 (Wineland); NaN where noise hides <S>", "1")
}
OPTIMUM = {
    "squeezing_optimum": ("smallest xi^2 over time; NaN if there is no minimum inside", "1"),
    "squeezing_optimum_time": (
        "time of the smallest xi^2; NaN if noise hides it",
        "inverse unit of the rates",
    ),
}
CORRELATIONS = {
    "correlation": ("Re <S^+_n S^-_{n+s}>, mean over n", "hbar^2"),
    "correlation_xx": ("<S^x_n S^x_{n+s}>, mean over n", "hbar^2"),
    "correlation_yy": ("<S^y_n S^y_{n+s}>, mean over n", "hbar^2"),
    "correlation_zz": ("<S^z_n S^z_{n+s}>, mean over n", "hbar^2"),
    "correlation_normalised": ("correlation over its value at distance 0", "1"),
}
SITES = {
    "sx_site": ("mean of S^x at each site", "hbar"),
    "sy_site": ("mean of S^y at each site", "hbar"),
    "sz_site": ("mean of S^z at each site", "hbar"),
}
LENGTH_FIT = {
    "xi": ("correlation length, in lattice constants; NaN if not resolved", "1"),
    "xi_amplitude": ("amplitude of the fit of the correlation length", "1"),
}

STATUS_OF = {
    "xi": "xi_status",
    "xi_amplitude": "xi_status",
    "xi_chi2_dof": "xi_status",
    "xi_p_value": "xi_status",
    "squeezing_optimum": "squeezing_optimum_status",
    "squeezing_optimum_time": "squeezing_optimum_status",
}
"""The flag that says why a variable has no value."""
