# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "worker.py imports it in each library's environment"
# ///
"""How each library solves one layer, given the layer and its Hessian.

A solver returns what is timed, and what turns its result into the
weights that are stored: integer steps x scales rounded to float16.
An accumulator returns what is timed: it sums windows to a Hessian.
Nothing that a user of a library pays for is left out.
"""

import os
import sys

import torch

torch.cuda.synchronize = lambda *_: None  # two wait for a GPU


def stored(weight, scale, group):
    steps = (weight / scale[:, group]).round()
    return steps * scale.half().float()[:, group]


def fourbit(layer, H, job):
    from fourbit.engine.solve import solve

    names = ("bits", "group_size", "symmetric", "damp")
    options = {name: job[name] for name in names} | job["options"]
    return (
        lambda: solve(layer.weight.data, H, **options),
        lambda q: q.dequantize(),
    )


def fourbit_hessian(windows):
    from fourbit.engine.hessian import Hessian

    def run():
        hessian = Hessian(windows[0].shape[1])
        for window in windows:
            hessian.add(window)
        return hessian.matrix()

    return run


def original(solver, quantizer, H, job, group="group_size"):
    options = dict(job["options"])
    quantizer.configure(
        job["bits"],
        perchannel=True,
        sym=job["symmetric"],
        mse=options.pop("mse", False),
    )
    options |= {group: job["group_size"], "percdamp": job["damp"]}
    solver.quantizer, solver.H = quantizer, H
    solver.nsamples = job["tokens"]
    return lambda: solver.fasterquant(**options)


def original_hessian(gptq):
    def accumulator(windows):
        solver = gptq(torch.nn.Linear(windows[0].shape[1], 8))

        def run():
            for window in windows:
                solver.add_batch(window[None], None)

        return run

    return accumulator


def import_reference():
    sys.path.insert(0, os.environ["FOURBIT_REFERENCE_GPTQ"])
    import gptq
    import quant

    return gptq.GPTQ, quant.Quantizer


def reference(layer, H, job):
    gptq, quantizer = import_reference()
    run = original(gptq(layer), quantizer(), H, job, "groupsize")
    return run, lambda _: layer.weight.data  # it returns no scales


def reference_hessian(windows):
    return original_hessian(import_reference()[0])(windows)


def autogptq(layer, H, job):
    from auto_gptq.quantization.gptq import GPTQ, Quantizer

    run = original(GPTQ(layer), Quantizer(), H, job)
    return run, lambda r: stored(layer.weight.data, r[0], r[2])


def autogptq_hessian(windows):
    from auto_gptq.quantization.gptq import GPTQ

    return original_hessian(GPTQ)(windows)


def gptqmodel(layer, H, job):
    from gptqmodel.quantization import QuantizeConfig
    from gptqmodel.quantization.gptq import GPTQ

    config = QuantizeConfig(
        bits=job["bits"],
        group_size=job["group_size"],
        sym=job["symmetric"],
        **{"damp_percent": job["damp"]} | job["options"],
    )
    solver = GPTQ(layer, config)
    solver.quantizer.configure(perchannel=True)
    solver.H, solver.nsamples = H, job["tokens"]
    return solver.quantize, lambda r: stored(r[0], r[1], r[3])


def gptqmodel_hessian(windows):
    from gptqmodel.quantization.gptq import GPTQ

    solver = GPTQ(torch.nn.Linear(windows[0].shape[1], 8))

    def run():
        for window in windows:
            solver.add_batch(window[None], None)
        return solver.finalize_hessian()

    return run


def llmcompressor(layer, H, job):
    from compressed_tensors.quantization import QuantizationArgs
    from llmcompressor.modifiers.gptq import gptq_quantize, helpers
    from llmcompressor.observers import Observer

    args = QuantizationArgs(
        num_bits=job["bits"],
        strategy="group",
        group_size=job["group_size"],
        symmetric=job["symmetric"],
        **{"observer": "memoryless_minmax"} | job["options"],
    )

    def run():
        observer = Observer.load_from_registry(
            args.observer, base_name="weight", args=args
        )
        if args.observer == "imatrix_mse":  # its mean of x squared
            observer._imatrix_sum = H.diagonal() / 2 * job["tokens"]
            observer._imatrix_count = torch.tensor(job["tokens"])
        qparams = observer(layer.weight.data).get_qparams()
        once = {layer: torch.ones(())}
        batch = helpers.prepare_batch(
            [layer], [qparams], {layer: H}, once
        )
        weight, *_ = gptq_quantize.quantize_weight(
            *batch, args, percdamp=job["damp"]
        )
        return weight[0], qparams["scale"]

    group = torch.arange(len(H)) // job["group_size"]
    return run, lambda r: stored(*r, group)


def llmcompressor_hessian(windows):
    from llmcompressor.modifiers.gptq import helpers

    layer = torch.nn.Linear(windows[0].shape[1], 8)

    def run():
        H, n = helpers.make_empty_hessian(layer), torch.zeros(())
        for window in windows:
            H, n = helpers.accumulate_hessian(window, layer, H, n)
        return H / n

    return run


SOLVERS = {
    "fourbit": (fourbit, fourbit_hessian),
    "reference": (reference, reference_hessian),
    "autogptq": (autogptq, autogptq_hessian),
    "gptqmodel": (gptqmodel, gptqmodel_hessian),
    "llmcompressor": (llmcompressor, llmcompressor_hessian),
}
