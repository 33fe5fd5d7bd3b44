"""How a model is run: context, sequences, cache types, batches. Checked when made."""

from dataclasses import dataclass

from fourbit.errors import UserError
from fourbit.gguf.types import TYPES, Type

RUNTIMES = ("llama.cpp", "vllm", "transformers", "quantize")
CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "fp8")
FP8 = Type("FP8", -1, 1, 1)  # vLLM's; llama.cpp has none
MOST = 1 << 30  # tokens, sequences


@dataclass(frozen=True)
class Settings:
    """context and outputs in tokens; 0 outputs: one per sequence, as llama-server has it.

    unified  one cache for all sequences (llama.cpp's --kv-unified)
    """

    context: int = 4096
    sequences: int = 1
    type_k: str = "f16"
    type_v: str = "f16"
    flash: bool = True
    batch: int = 2048
    ubatch: int = 512
    outputs: int = 0
    unified: bool = False
    runtime: str = "llama.cpp"
    utilization: float = 0.9  # of a card that vLLM takes

    def __post_init__(self):
        for name in ("context", "sequences", "batch", "ubatch"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int):
                raise UserError(f"{name} is {value!r}, not a whole number")
            if not 0 < value <= MOST:
                raise UserError(f"{name} is {value:,}; give a number from 1 to {MOST:,}")
        if not isinstance(self.outputs, int) or not 0 <= self.outputs <= MOST:
            raise UserError(
                f"outputs is {self.outputs!r}; give a number from 0 (one per sequence) to {MOST:,}"
            )
        if self.runtime not in RUNTIMES:
            raise UserError(f"{self.runtime!r} is no runtime; known: {', '.join(RUNTIMES)}")
        if not 0.1 <= self.utilization <= 1:
            raise UserError(f"utilization is {self.utilization:g}; give a share of the card from 0.1 to 1")
        for name in ("type_k", "type_v"):
            value = str(getattr(self, name)).lower()
            if value not in CACHE_TYPES:
                raise UserError(f"{value!r} is no type of cache; known: {', '.join(CACHE_TYPES)}")
            if value == "fp8" and self.runtime == "llama.cpp":
                raise UserError("llama.cpp has no fp8 cache; its 8-bit type is q8_0")
            if self.runtime != "llama.cpp" and value not in ("f32", "f16", "bf16", "fp8"):
                raise UserError(
                    f"{value!r} is a cache type of llama.cpp; {self.runtime} has f16, bf16 and fp8"
                )
            object.__setattr__(self, name, value)
        if self.runtime == "llama.cpp" and not self.flash and TYPES[self.type_v.upper()].block > 1:
            raise UserError(
                f"llama.cpp refuses a {self.type_v} cache of values without flash attention; "
                "turn flash attention on, or quantize keys only"
            )

    @property
    def tokens(self) -> int:
        """Context as llama.cpp pads it, all sequences together."""
        return self.per_sequence * (1 if self.unified else self.sequences)

    @property
    def per_sequence(self) -> int:
        """Cells of a full-attention layer that one sequence can use: padded to 256."""
        whole = pad(self.context)
        return whole if self.unified else max(256, pad(whole // self.sequences))

    @property
    def step(self) -> int:
        """Tokens that one graph computes."""
        return min(self.tokens, self.ubatch, self.batch)

    @property
    def scored(self) -> int:
        """Tokens of a graph whose logits are wanted."""
        return min(self.step, self.outputs or self.sequences)


def pad(count: int, to: int = 256) -> int:
    """`count`, rounded up to a multiple."""
    return -(-count // to) * to


def cache_type(name: str) -> Type:
    """Storage of a type of cache."""
    return FP8 if name == "fp8" else TYPES[name.upper()]
