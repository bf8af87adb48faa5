# Published results beyond the paper: a picture of each, and its numbers beside the published ones.


def gallery_digests(wildcards):
    """Digests of the sweeps of an item, in the order of their names."""
    return [f"results/digests/{sweep}{SUFFIX}.json" for sweep in GALLERY[wildcards.item]]


rule gallery_item:
    input:
        digests=gallery_digests,
        claims=local(str(CHECKOUT / "config" / "gallery" / "claims.yaml")),
    output:
        "results/gallery/{item}.pdf",
        report(
            "results/gallery/{item}.png",
            caption="../report/gallery.rst",
            category="Gallery",
            labels={"item": "{item}"},
        ),
        csv="results/gallery/{item}.csv",
    params:
        stores=lambda wildcards, input: [store(path) for path in input.digests],
        code=lambda wildcards: closure_digest(
            "twoqs.gallery.show", f"twoqs.gallery.items.{wildcards.item}"
        ),
    wildcard_constraints:
        item="|".join(GALLERY),
    log:
        "results/logs/gallery-{item}-picture.log",
    shell:
        "twoqs gallery {wildcards.item} {params.stores:q} --claims {input.claims:q}"
        " --csv {output.csv:q} --output {output[0]:q} {output[1]:q} > {log:q} 2>&1"


rule gallery:
    input:
        expand("results/gallery/{item}.{ending}", item=GALLERY, ending=["png", "pdf", "csv"]),
