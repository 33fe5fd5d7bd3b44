"""Linear layers by oneDNN instead of MKL, while models are evaluated on a CPU.

PyTorch carries both and takes MKL for float32. On an AMD EPYC oneDNN needs two thirds of the time for the shapes that a
window of text gives; both round alike, to float32.
"""

import platform

import torch
from torch.overrides import TorchFunctionMode

X86 = ("x86_64", "AMD64")  # elsewhere PyTorch has no MKL to be better than


class OneDNN(TorchFunctionMode):
    """A context in which float32 products with the weights of linear layers are taken by oneDNN."""

    usable = (
        platform.machine() in X86
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.nn.functional.linear and self.usable:
            x, weight, bias = _linear(*args, **(kwargs or {}))
            if all(
                t is None or (t.device.type == "cpu" and t.dtype is torch.float32) for t in (x, weight, bias)
            ):
                # As compiled models call it: no activation after the product, so no options of one.
                return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
        return func(*args, **(kwargs or {}))


def _linear(input, weight, bias=None):
    """The arguments of torch.nn.functional.linear by their names there."""
    return input, weight, bias
