# What the paper's figures and the accuracy study add to the workflow of sweeps.
PAPER = [f"fig{number}" for number in range(1, 8)]

# Sweeps of the accuracy study.
ACCURACY = [f"accuracy-{study}" for study in ("decay", "driven", "step", "euler")]

CHOICES = {"figures": PAPER, "size": ["preview", "paper", "fine"]}

# Its files are those of this checkout, wherever the results are made.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).parents[1]
if CHECKOUT == Path.cwd():
    CHECKOUT = Path()

SPECS = {name: CHECKOUT / "config" / "sweeps" / f"{name}.yaml" for name in [*PAPER, *ACCURACY]}

config.setdefault("claims", str(CHECKOUT / "config" / "claims.yaml"))


def drawing(wildcards):
    """Digest of the code that draws one figure, without that of the others."""
    return closure_digest("twoqs.paper.figures.draw", f"twoqs.paper.figures.{wildcards.sweep}")
