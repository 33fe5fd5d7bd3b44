"""What a GGUF file will be made of, decided and checked before the work starts."""

import math
from collections import Counter
from dataclasses import dataclass, field

from gguf.gguf_writer import GGUFValue

from fourbit.calibration import CalibrationSet
from fourbit.errors import UserError
from fourbit.gguf import convert, forecast, metadata, mix, quantize
from fourbit.gguf.forecast import Forecast
from fourbit.gguf.imatrix_files import Imatrix
from fourbit.gguf.mix import Choice
from fourbit.gguf.plan import Plan

HESSIAN = 40  # bytes for each entry of the largest Hessian while its layer is solved
PASSES = 4  # through a block: its layers are calibrated one after the other, then it hands its outputs on


@dataclass(frozen=True)
class Outline:
    """choices: type and reason by tensor, in the order of the file;  text: what is calibrated on, or None."""

    planned: Plan
    file_type: str
    method: str
    choices: dict[str, Choice]
    metadata: dict[str, GGUFValue] = field(repr=False)
    text: CalibrationSet | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        planned: Plan,
        file_type: str,
        method: str = "rtn",
        pure: bool = False,
        text: CalibrationSet | None = None,
        given: Imatrix | None = None,
        pre: str | None = None,
    ) -> "Outline":
        """given: an importance matrix; with method "rtn" one will be made of `text`.

        UserError when the file cannot be made: a type that needs importances where there are none, one that nothing
        can encode, or a tokenizer that is not recognized.
        """
        weighted = given is not None or text is not None
        choices = convert.choose(planned, file_type, imatrix=weighted, pure=pure)
        if not weighted and (needy := mix.needs_imatrix(choices, file_type)):
            raise UserError(
                f"--type {file_type.lower()}: {len(needy)} tensors get about two bits or less, such as {needy[0]}, and "
                "that needs to know which columns matter; give --calib docs, or --imatrix FILE"
            )
        for name, choice in choices.items():
            cls._check(name, choice, file_type, given, weighted)
        keys = metadata.read(planned, mix.FILE_TYPES[file_type].id, pre)
        if weighted and method == "rtn":
            keys |= convert.origin(given or Imatrix({}, (text.name,)))
        quantized = _quantized(planned)
        if quantized and method == "gptq":
            raise UserError(
                f"{planned.folder}: {quantized} layers are quantized already; --type lossless keeps their codes, or "
                "give the original model"
            )
        notes = planned.notes
        if quantized and mix.FILE_TYPES[file_type].base.block > 1:
            notes += (
                f"{quantized} layers are quantized already and will be rounded again; --type lossless keeps them",
            )
        return cls(planned, file_type, method, choices, keys, text, notes)

    @staticmethod
    def _check(name: str, choice: Choice, file_type: str, given: Imatrix | None, weighted: bool) -> None:
        if choice.type.name not in quantize.FLOATS + quantize.QUANTIZED:
            raise UserError(
                f"--type {file_type.lower()}: {name} would be {choice.type.name}, which nothing here can make; "
                "take another --type"
            )
        if choice.type.name not in quantize.WEIGHTED:
            return
        if not name.startswith("blk.") or (given and name not in given.entries) or not weighted:
            raise UserError(
                f"--type {file_type.lower()}: {name} would be {choice.type.name}, which needs importances, and for it "
                "there are none; leave out --pure, or give a complete --imatrix"
            )

    @property
    def tensors(self) -> list[tuple]:
        """Name, shape and type of each."""
        return [
            (tensor.name, tensor.shape, self.choices[tensor.name].type) for tensor in self.planned.tensors
        ]

    @property
    def bits_per_weight(self) -> float:
        """Over all tensors."""
        bits = sum(math.prod(shape) * kind.bits for _, shape, kind in self.tensors)
        return bits / sum(math.prod(shape) for _, shape, _ in self.tensors)

    @property
    def steps(self) -> int:
        """Calls of `progress` while the file is made."""
        if self.method == "rtn":
            return len(self.choices)
        return sum(len(tensor.sources) for tensor in self.planned.tensors if self._solved(tensor.name))

    def _solved(self, name: str) -> bool:
        """Whether error feedback reaches a tensor."""
        return name.startswith("blk.") and self.choices[name].type.block > 1

    def fallbacks(self) -> dict[tuple[str, str, int], int]:
        """How many tensors get another type than the mix wanted: by type wanted, type taken and width of the rows."""
        return dict(
            Counter(
                (choice.wanted.name, choice.type.name, shape[-1])
                for name, shape, _ in self.tensors
                if (choice := self.choices[name]).fell_back
            )
        )

    def forecast(self) -> Forecast:
        """What the work will take. Times this machine for a second or two."""
        tensors = self.tensors
        seconds, basis = forecast.encoding(tensors)
        memory, time = forecast.memory(tensors), {"encoding": seconds}
        if self.text is not None:
            tokens, blocks = self.text.windows.size, forecast.matrices(tensors)
            config, passes = self.planned.config, 1
            memory["a decoder block, float32"] = 4 * blocks // config["num_hidden_layers"]
            memory["hidden states"] = 4 * tokens * config["hidden_size"]
            if self.method == "gptq":
                layers = [
                    tensor.shape[-2:]
                    for tensor in self.planned.tensors
                    if self._solved(tensor.name)
                    for _ in range(math.prod(tensor.shape[:-2]))  # experts
                ]
                square = max(d_in for _, d_in in layers) ** 2
                memory["Hessians and a layer being solved"] = HESSIAN * square
                time["error feedback"] = forecast.solving(layers, mix.FILE_TYPES[self.file_type].base)
                passes = PASSES
            time["forward passes"] = passes * forecast.forward(self._read(), tokens)
        return Forecast(forecast.file_size(self.metadata, tensors), memory, time, basis)

    def _read(self) -> float:
        """Weights that a token is multiplied with in the blocks: of the experts, those that it is sent to."""
        config, every = self.planned.config, forecast.matrices(self.tensors)
        if not (count := config.get("num_local_experts") or config.get("num_experts")):
            return every
        experts = forecast.matrices(tensor for tensor in self.tensors if len(tensor[1]) == 3)
        return every - experts * (1 - config["num_experts_per_tok"] / count)

    def as_dict(self) -> dict:
        """For JSON."""
        return {
            "type": self.file_type,
            "method": self.method,
            "bits_per_weight": self.bits_per_weight,
            "fell_back": sum(self.fallbacks().values()),
            "calibration": self.text and self.text.summary(),
            "notes": self.notes,
            "tensors": [
                {
                    "name": name,
                    "shape": shape,
                    "type": kind.name,
                    "wanted": self.choices[name].wanted.name,
                    "reason": self.choices[name].reason,
                    "bytes": math.prod(shape[:-1]) * kind.row_bytes(shape[-1]),
                }
                for name, shape, kind in self.tensors
            ],
        }


def _quantized(planned: Plan) -> int:
    """Layers of the source that are."""
    weights = planned.weights
    return sum(weights.is_quantized(name.removesuffix(".weight")) for name in weights.names)
