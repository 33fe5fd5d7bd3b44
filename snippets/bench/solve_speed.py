# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "a timing; it needs `make peers` and the paper's code"
# timeout = 3600
# ///
"""CPU seconds of one layer's solve: ours and every other program's.

Same H, same options, one thread, all programs in turn, several rounds.
FOURBIT_REFERENCE_GPTQ names a folder with the paper's code.
"""

import argparse
import json
import tempfile
import time
from statistics import median

import numpy as np
import synthetic
import torch
from worker import Worker, available

GROUP, TOKENS = 128, 4096
ROUNDS = {256: 2, 1024: 7, 2048: 5, 4096: 4}
ACT = {"actorder": True, "static_groups": True}
GPTQMODEL = {"static_groups": True, "act_group_aware": False}
OPTIONS = {  # in each library's words; groups are static everywhere
    "none": {
        "fourbit": {"order": "none", "effort": "fast"},
        "reference": {"static_groups": True},
        "autogptq": {"static_groups": True},
        "gptqmodel": GPTQMODEL,
        "llmcompressor": {"actorder": None},
    },
    "activation": {
        "fourbit": {"order": "activation", "effort": "fast"},
        "reference": ACT,
        "autogptq": ACT,
        "gptqmodel": GPTQMODEL | {"desc_act": True},
        "llmcompressor": {"actorder": "static"},
    },
}


def seconds(run):
    start = time.process_time()
    run()
    return time.process_time() - start


def products(W, H):
    """What a solve cannot do without, at the speed of one product.

    A Cholesky and a triangular inverse take n^3/3 operations each, the
    updates of later columns by earlier ones rows x n^2.
    """
    n, rows = len(H), len(W)
    out = torch.empty(n, n)
    speed = 2 * n**3 / seconds(lambda: torch.mm(H, H, out=out))
    return (2 / 3 * n**3 + rows * n**2) / speed, speed


def steps(W, H):
    """The same operations, run: 128 columns of updates at a time."""
    W = W.T.contiguous()
    L = torch.linalg.cholesky(H + 0.01 * H.diagonal().mean() * eye(H))
    torch.linalg.solve_triangular(L, eye(H), upper=False)
    for i in range(128, len(H), 128):
        W[i:].addmm_(L[i:, i - 128 : i], W[i - 128 : i])


def eye(H):
    return torch.eye(len(H))


def measure(width, workers, folder):
    """Seconds by program of each order, and of the Hessian's sum."""
    W, H, held_out, tokens = synthetic.layer(width)
    paths = synthetic.save(folder, W=W, H=H)
    x = synthetic.save(folder, x=next(synthetic.inputs(width, TOKENS)))
    job = {"tokens": tokens, "bits": 4, "group_size": GROUP}
    job |= {"symmetric": True, "damp": 0.01, **paths}
    W, H = torch.from_numpy(W), torch.from_numpy(H).float()
    times = {kind: {} for kind in (*OPTIONS, "hessian", "products")}
    errors = {order: {} for order in OPTIONS}
    for _ in range(ROUNDS[width]):
        theory, speed = products(W, H)
        run = seconds(lambda: steps(W, H))
        for name, one in (
            ("theory", theory),
            ("run", run),
            ("speed", speed),
        ):
            times["products"].setdefault(name, []).append(one)
        for program, worker in workers.items():
            for order, options in OPTIONS.items():
                out = f"{folder}/{program}.npy"
                took = worker(**job, out=out, options=options[program])
                times[order].setdefault(program, []).append(took["cpu"])
                error = synthetic.output_error(
                    W, np.load(out), held_out
                )
                errors[order][program] = error
            took = worker(**x)
            times["hessian"].setdefault(program, []).append(took["cpu"])
    return times, errors


parser = argparse.ArgumentParser()
parser.add_argument(
    "--sizes", type=int, nargs="*", default=[*ROUNDS][1:]
)
sizes = parser.parse_args().sizes
torch.set_num_threads(1)
workers = {program: Worker(program) for program in available()}
rows, bounds = [], {}
print(
    "CPU seconds: least of all rounds, median; times ours; held-out error"
)
for width in sizes:
    with tempfile.TemporaryDirectory() as folder:
        times, errors = measure(width, workers, folder)
    bound = {
        name: min(times["products"][name]) for name in ("theory", "run")
    }
    bound["gflops"] = max(times["products"]["speed"]) / 1e9
    bounds[width] = bound
    for kind in (*OPTIONS, "hessian"):
        ours = min(times[kind]["fourbit"])
        for program, took in times[kind].items():
            row = {"width": width, "kind": kind, "program": program}
            row |= {"cpu": min(took), "median": median(took)}
            row["times_ours"] = row["cpu"] / ours
            row["error"] = errors.get(kind, {}).get(program)
            rows.append(row)
            error = f"{row['error']:.4e}" if row["error"] else ""
            print(
                f"{width:5} {kind:10} {program:13} {row['cpu']:7.3f}"
                f" {row['median']:7.3f} {row['times_ours']:6.2f} {error}"
            )
        peers = [r["times_ours"] for r in rows if r["kind"] == kind
                 and r["width"] == width and r["program"] != "fourbit"]  # fmt: skip
        bound[f"{kind}_faster"] = min(peers, default=None)
        if kind in OPTIONS:
            bound[f"{kind}_over_products"] = ours / bound["theory"]
            bound[f"{kind}_over_steps"] = ours / bound["run"]
    print(
        f"{width:5} products at {bound['gflops']:.0f} GFLOP/s:"
        f" {bound['theory']:.3f} s, ours {bound['none_over_products']:.2f}"
        f" times; run: {bound['run']:.3f} s"
    )
table = []
for width in sizes:
    for kind in (*OPTIONS, "hessian"):
        cpu = {
            row["program"]: row["cpu"]
            for row in rows
            if (row["width"], row["kind"]) == (width, kind)
        }
        row = {"width": width, "kind": kind, **cpu}
        table.append(row | {"faster": bounds[width][f"{kind}_faster"]})
hessians = [row for row in table if row["kind"] == "hessian"]
solves = [row for row in table if row["kind"] != "hessian"]
result = {"solves": solves, "hessians": hessians, "rows": rows}
print(json.dumps(result | {"sizes": bounds}))
