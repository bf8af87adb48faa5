# Published results beyond the paper: a picture of each, and its numbers beside the published ones.


rule gallery_item:
    input:
        digests=lambda wildcards: expand(
            f"results/digests/{{sweep}}{SUFFIX}.json", sweep=GALLERY[wildcards.item]
        ),
        claims=local(str(CHECKOUT / "config" / "gallery" / "claims.yaml")),
    output:
        pdf="results/gallery/{item}.pdf",
        png=report(
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
        " --csv {output.csv:q} --output {output.pdf:q} {output.png:q} > {log:q} 2>&1"


rule gallery:
    input:
        expand("results/gallery/{item}.{ending}", item=GALLERY, ending=["png", "pdf", "csv"]),
