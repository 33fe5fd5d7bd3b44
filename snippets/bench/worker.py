# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the comparison scripts start it in each environment"
# ///
"""A library's own solver, in a process of its own environment.

`Worker("gptqmodel")` starts `python worker.py gptqmodel` with that
environment's Python and one thread. Jobs and answers are lines of
JSON, matrices are .npy files; solvers.py calls the libraries.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = {
    "fourbit": "",
    "reference": "",  # the paper's code runs beside ours
    "autogptq": ".venv-autogptq",
    "gptqmodel": ".venv-gptqmodel",
    "llmcompressor": ".venv-llmcompressor",
}
REFERENCE = "FOURBIT_REFERENCE_GPTQ"  # a folder with the paper's code
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def interpreter(program: str) -> Path:
    """The Python that has this library."""
    folder = ENVIRONMENTS[program]
    return ROOT / folder / "bin/python" if folder else sys.executable


def available(programs=tuple(ENVIRONMENTS)) -> list[str]:
    """Those of the programs that can run; only one may be absent."""
    found = list(programs)
    if "reference" in found and REFERENCE not in os.environ:
        print(f"The paper's code is left out: {REFERENCE} is not set.")
        found.remove("reference")
    for program in found:
        if not Path(interpreter(program)).exists():
            raise SystemExit(f"{program} is not installed: make peers")
    return found


class Worker:
    """One library, kept running from job to job."""

    def __init__(self, program: str):
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [interpreter(program), __file__, program],
            env={**os.environ, **dict.fromkeys(THREADS, "1")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def __call__(self, **job) -> dict:
        """The seconds of one job: {"cpu", "wall"}; see `serve`."""
        line = json.dumps(job, default=str)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.log.seek(0)
            raise RuntimeError(f"{line}\n{self.log.read()[-2000:]}")
        return json.loads(answer)


def timed(run) -> tuple:
    cpu, wall = time.process_time(), time.perf_counter()
    result = run()
    cpu = time.process_time() - cpu
    return result, {"cpu": cpu, "wall": time.perf_counter() - wall}


def serve(program: str) -> None:
    """Answer jobs; each is warmed up on its first 256 columns.

    solve       {"W", "H", "out"}: paths; "tokens", "bits",
                "group_size", "symmetric", "damp", and "options", named
                as the library names them
    accumulate  {"x"}: a path; sums the Hessian of 2,048 tokens a time
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with answers
    import solvers
    import torch

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    solver, accumulator = solvers.SOLVERS[program]
    for line in sys.stdin:
        job = json.loads(line)
        if "x" in job:
            x = torch.from_numpy(np.load(job["x"]))
            timed(accumulator(x[:, :256].contiguous().split(2048)))
            _, seconds = timed(accumulator(x.split(2048)))
        else:
            for some in (slice(256), slice(None)):
                W = torch.tensor(np.load(job["W"])[some, some])
                H = torch.tensor(np.load(job["H"])[some, some])
                layer = torch.nn.Linear(*W.T.shape, bias=False)
                layer.weight.data = W
                run, stored = solver(layer, H, job)
                result, seconds = timed(run)
            weight = np.asarray(stored(result), dtype=np.float32)
            np.save(job["out"], weight)
        answers.write(json.dumps(seconds) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
