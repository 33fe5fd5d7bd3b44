# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the other snippets of this chapter import it"
# ///
"""A transformers cache that rounds what it stores."""

# --8<-- [start:main]
import torch
from transformers import Cache, DynamicLayer

from fourbit.engine.evaluate import predict


class Rounded(DynamicLayer):
    """Keys and values of one layer, rounded when they arrive."""

    keys_as = values_as = None  # a way of `rounded`, and a type

    def update(self, keys, values, *rest, **more):
        (k, kind_k), (v, kind_v) = self.keys_as, self.values_as
        return super().update(
            k(keys, kind_k), v(values, kind_v), *rest, **more
        )


class Model:
    """Predicts with a rounded cache, for `evaluate`."""

    def __init__(self, model, keys, values):
        self.model = model
        self.layer = type(
            "Layer", (Rounded,), {"keys_as": keys, "values_as": values}
        )

    def logits(self, window):
        count = self.model.config.num_hidden_layers
        cache = Cache(layers=[self.layer() for _ in range(count)])
        ids = torch.from_numpy(window.ids)[None]
        with torch.inference_mode():
            found = self.model(ids, past_key_values=cache)
        return found.logits[0, window.context - 1 : -1]


# --8<-- [end:main]
class Once:
    """A model that reads each window only once."""

    def __init__(self, model):
        self.model, self.known = model, {}

    def logits(self, window):
        key = window.ids.tobytes()
        if key not in self.known:
            self.known[key] = predict(self.model, window).clone()
        return self.known[key]
