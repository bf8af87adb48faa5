# Names that rules share. Who includes it has set before: SPECS, files of sweeps that are not in the
# folder of sweeps, by their names; CHOICES, what keys of the configuration may be.
#
# The `params` of all rules have digests of the code that the commands run, so that whatever changed
# code has made is made again. `twoqs run` and `twoqs predict` keep what is valid all the same, and
# compute the rest. Paths of results stem from inputs and outputs, which may have a module's prefix.
from pathlib import Path

from snakemake.common.configfile import load_configfile

from twoqs.kernels.compile.sources import closure_digest
from twoqs.workflow.names import SWEEP_NAME, check_sweeps, check_title, suffixes
from twoqs.workflow.settings import settings

config.update(settings(config, CHOICES))
check_sweeps(config["sweeps"], config["sweeps_folder"], config["size"], SPECS)

# All that is made and reported.
MADE = [*config.get("figures", []), *config["sweeps"]]

CLAIMS = [local(config["claims"])] if config["claims"] else []

# What `picture` draws: any sweep but those that have a file in SPECS.
OWN = "".join(rf"(?!{name}\.)" for name in SPECS) + SWEEP_NAME

SUFFIXES = suffixes(config["size"])

SUFFIX = "" if config["size"] == "paper" else f"-{config['size']}"


def size(wildcards):
    """Size of a sweep, from the end of its name."""
    return wildcards.suffix.removeprefix("-") or "paper"


def spec(wildcards):
    """File of a sweep. It is the user's: where a module has a prefix, this has none."""
    own = f"{config['sweeps_folder']}/{wildcards.sweep}.yaml"
    return local(str(SPECS.get(wildcards.sweep, own)))


def content(sweep):
    """What stands in one's own sweep; nothing if it cannot be read, which `twoqs run` will tell."""
    path = f"{config['sweeps_folder']}/{sweep}.yaml"
    try:
        found = load_configfile(path)
    except (WorkflowError, OSError):
        return {}
    check_title(path, found.get("name"))
    return found


for sweep in config["sweeps"]:
    content(sweep)


def about(wildcards):
    """Its description."""
    return " ".join(str(content(wildcards.sweep).get("description", "")).split())


def variable(wildcards):
    """Option that says what its picture shows."""
    name = config["variables"].get(wildcards.sweep)
    return [f"--var={name}"] if name else []


def digest(wildcards):
    """Digest of a sweep in the configured size: it stands for the store."""
    return f"results/digests/{wildcards.sweep}{SUFFIX}.json"


def predictions(wildcards):
    """Predictions for that sweep."""
    return f"results/predictions/{wildcards.sweep}{SUFFIX}.nc"


def store(path):
    """Store of the sweep with this digest."""
    return str(Path(path).parents[1] / Path(path).stem)


def where(wildcards, threads):
    """Options that say where a sweep is computed."""
    if config["cluster"]:
        return [f"--cluster={config['cluster']}"]
    if not config["scheduler"]:
        return [f"--cores={threads}"]
    tls = config["tls"]
    files = [f"--tls-{name}={tls}/{name}.pem" for name in ("ca", "cert", "key") if tls]
    return [f"--scheduler={config['scheduler']}", *files]
