"""The explorer's layers, as its files hold them."""

import json

# --8<-- [start:main]
from pathlib import Path

import numpy as np

FOLDER = Path("docs/assets/explorer")


def whole(triangle, width):  # a symmetric matrix from its lower half
    S = np.zeros((width, width))
    S[np.tril_indices(width)] = triangle
    return S + np.tril(S, -1).T


class Layer:
    """W (256, d_in), and what the text says about its inputs."""

    def __init__(self, name):
        about = json.loads((FOLDER / "layers.json").read_text())[name]
        n = about["width"]
        half = n * (n + 1) // 2
        data = (FOLDER / f"{name}.bin").read_bytes()
        few = (FOLDER / f"{name}.few.bin").read_bytes()
        W, rest = np.frombuffer(data, "u2", 256 * n), data[512 * n :]
        if about["weights"] == "bf16":
            W = (W.astype("u4") << 16).view("f4")
        else:
            W = W.view("f2")
        self.W = W.reshape(256, n).astype(float)
        rest = np.frombuffer(rest, "f4").astype(float)
        S, loud, unseen = np.split(rest, [half, half + n])
        X = np.frombuffer(few, "f2", 256 * n).reshape(256, n)
        self.X = X.astype(float)  # the first 256 tokens
        more = np.frombuffer(few[512 * n :], "f4").astype(float)
        self.sums = {  # X^T X and the sum of |x|, by tokens
            1024: (whole(more[:half], n), more[half:]),
            4096: (whole(S, n), loud),
        }
        self.unseen = 2 / 4096 * whole(unseen, n)

    def calibrate(self, tokens):  # the Hessian, the mean of |x|
        if tokens in self.sums:
            S, loud = self.sums[tokens]
        else:
            X = self.X[:tokens]
            S, loud = X.T @ X, np.abs(X).sum(axis=0)
        return 2 / tokens * S, loud / tokens


# --8<-- [end:main]
if __name__ == "__main__":
    layer = Layer("tiny-down")
    H, loud = layer.calibrate(4096)
    assert np.linalg.eigvalsh(H)[0] > 0
    print(json.dumps({"shape": layer.W.shape, "tokens": 4096}))
