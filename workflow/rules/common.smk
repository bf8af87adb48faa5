# Names that rules share.
#
# The `params` of all rules have digests of the code that the commands run, so that whatever changed
# code has made is made again. `twoqs run` and `twoqs predict` keep what is valid all the same, and
# compute the rest.
from twoqs.kernels.compile.sources import closure_digest

# Sweeps of the accuracy study.
ACCURACY = [f"accuracy-{study}" for study in ("decay", "driven", "step", "euler")]

SUFFIX = "" if config["size"] == "paper" else f"-{config['size']}"


def size(wildcards):
    """Size of a sweep, from the end of its name."""
    return wildcards.suffix.removeprefix("-") or "paper"


def digest(wildcards):
    """Digest of the sweep behind a figure, in the configured size: it stands for the store."""
    return f"results/digests/{wildcards.figure}{SUFFIX}.json"


def predictions(wildcards):
    """Predictions for that sweep."""
    return f"results/predictions/{wildcards.figure}{SUFFIX}.nc"


def store(wildcards):
    """Store of that sweep."""
    return f"results/{wildcards.figure}{SUFFIX}"


def drawing(wildcards):
    """Digest of the code that draws one figure, without that of the others."""
    return closure_digest("twoqs.paper.figures.draw", f"twoqs.paper.figures.{wildcards.figure}")


def where(wildcards, threads):
    """Options that say where a sweep is computed."""
    if config["cluster"]:
        return [f"--cluster={config['cluster']}"]
    if not config["scheduler"]:
        return [f"--workers={threads}"]
    tls = config["tls"]
    files = [f"--tls-{name}={tls}/{name}.pem" for name in ("ca", "cert", "key") if tls]
    return [f"--scheduler={config['scheduler']}", *files]
