# Names that rules share.


def full_name(wildcards):
    """Name of the sweep behind a figure, in the configured size."""
    suffix = "" if config["size"] == "paper" else f"-{config['size']}"
    return f"{wildcards.figure}{suffix}"


def digest(wildcards):
    """Digest of that sweep: what stands for its store in the workflow."""
    return f"results/digests/{full_name(wildcards)}.json"


def store(wildcards):
    """Store of that sweep."""
    return f"results/{full_name(wildcards)}"
