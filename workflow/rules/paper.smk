# What the paper's figures, the accuracy study and the gallery add to the workflow of sweeps.
PAPER = [f"fig{number}" for number in range(1, 8)]

# Sweeps of the accuracy study.
ACCURACY = [f"accuracy-{study}" for study in ("decay", "driven", "step", "euler")]

CHOICES = {"figures": PAPER, "size": ["preview", "paper", "fine"]}

# Its files are those of this checkout, wherever the results are made.
CHECKOUT = Path(workflow.current_basedir.get_path_or_uri(secret_free=False)).parents[1]
if CHECKOUT == Path.cwd():
    CHECKOUT = Path()

# Sweeps of each item of the gallery: NAME.yaml, and NAME-MORE.yaml if it has several.
FOLDER = CHECKOUT / "config" / "gallery"
FILES = [path for path in FOLDER.glob("*.yaml") if path.stem != "claims"]
FILES.sort(key=lambda path: path.stem)
GALLERY = {}
for file in FILES:
    GALLERY.setdefault(file.stem.split("-")[0], []).append(f"gallery-{file.stem}")

SPECS = {name: CHECKOUT / "config" / "sweeps" / f"{name}.yaml" for name in [*PAPER, *ACCURACY]}

SPECS |= {f"gallery-{file.stem}": file for file in FILES}

config.setdefault("claims", str(CHECKOUT / "config" / "claims.yaml"))


def drawing(wildcards):
    """Digest of the code that draws one figure, without that of the others."""
    return closure_digest("twoqs.paper.figures.draw", f"twoqs.paper.figures.{wildcards.sweep}")
