"""What a runtime takes beside weights and cache: buffers, its own libraries, reserves. Ranges, with reasons."""

from dataclasses import replace

from fourbit.gguf.dims import Dims
from fourbit.vram import compute
from fourbit.vram.lines import GIB, MIB, Line
from fourbit.vram.model import NO_BLOCK, Model, block_of
from fourbit.vram.settings import Settings
from fourbit.vram.weights import is_matrix

CUDA = (
    "logs of llama.cpp on cards without a display: 150 MiB; on desktop cards about 1 GiB (llama.cpp issues)"
)
PREFILL = 2048  # tokens that vLLM computes at once by default (max_num_batched_tokens)
SQUARE, DENSE, BATCH, BATCH_TOKENS, HESSIAN = (
    40,
    36,
    8,
    2048,
    GIB,
)  # of fourbit.engine.estimate and walk.inputs
PYTHON = 313_167_872  # bytes of Python and its libraries: snippets/bench/memory_curve.out
ESTIMATE = "src/fourbit/engine/estimate.py, which follows what fourbit.engine.walk holds"


def lines(model: Model, settings: Settings, gpus: int, shared: bool = False) -> list[Line]:
    """Buffers and overhead for a runtime, on so many GPUs (0: in RAM). shared: memory is the processor's too."""
    if settings.runtime == "llama.cpp":
        found = compute.lines(model.dims, settings, gpu=gpus > 0)
        if gpus > 1:
            found[0] = _each(found[0], gpus)
        if not gpus:
            found.append(
                Line("runtime", "program", 60 * MIB, "code and graphs", "measured with xllamacpp", 30 * MIB, 200 * MIB,
                     "vocabulary and build", "ram")
            )  # fmt: skip
            return found
        text = (
            f"{gpus} x CUDA context, cuBLAS and kernels" if gpus > 1 else "CUDA context, cuBLAS and kernels"
        )
        low, expected, high = (gpus * n * MIB for n in (150, 350, 1024))
        reason = "driver, card, and whether a desktop uses it too; Vulkan and Metal take less"
        return [*found, Line("runtime", "driver", expected, text, CUDA, low, high, reason)]
    if settings.runtime == "vllm":
        return _vllm(model.dims, settings, gpus)
    return _transformers(model.dims, settings, gpus)


def _each(line: Line, gpus: int) -> Line:
    """A buffer that every GPU has one of."""
    reason = (
        f"{line.reason}; with all layers on GPUs, inputs are held up to four times (pipeline parallelism)"
    )
    sizes = {key: gpus * getattr(line, key) for key in ("bytes", "low", "high")}
    return replace(line, **sizes, formula=f"{gpus} x ({line.formula})", reason=reason)


def _widest(d: Dims) -> int:
    """Numbers per token at the widest place of a block in 16 bit: gate, up and what enters."""
    experts = d.experts_used * 2 * d.expert_feed if d.experts else 0
    return (
        max(max(2 * layer.feed for layer in d.layers), experts, 3 * d.heads * max(x.key for x in d.layers))
        + 4 * d.embed
    )


def _vllm(d: Dims, s: Settings, gpus: int) -> list[Line]:
    where, tokens = "gpu" if gpus else "ram", max(PREFILL, min(s.context, s.batch))
    logits = 4 * 2 * max(s.sequences, 1) * d.vocab
    work = 2 * tokens * _widest(d) + logits
    text = f"{tokens:,} tokens x {_widest(d):,} x 2 bytes + logits {logits:,}, as its profiling run allocates"
    many = max(1, gpus)
    return [
        Line("compute", "activations", work, text, "vLLM, vllm/v1/worker/gpu_worker.py (profile_run)", work // 2, 3 * work,
             "compiled graphs free earlier; attention backends have workspaces", where),
        Line("runtime", "CUDA graphs and context", many * 1400 * MIB, f"{many} x (context, NCCL, captured graphs)",
             "vLLM documentation, 'Conserving memory': graphs take 1 to 3 GiB; --enforce-eager avoids them",
             many * 600 * MIB, many * 3 * GIB, "number of captured batch sizes", where),
    ]  # fmt: skip


def _transformers(d: Dims, s: Settings, gpus: int) -> list[Line]:
    where, tokens = "gpu" if gpus else "ram", s.context
    work = 2 * tokens * _widest(d) + 4 * s.sequences * d.vocab
    text = f"{tokens:,} tokens of prompt x {_widest(d):,} x 2 bytes + logits of the last"
    low = work // 4
    found = [
        Line("compute", "activations", work, text, "transformers, modeling files: one forward pass of the whole prompt", low,
             2 * work, "the prompt may be shorter than the context; attention kernels differ", where)
    ]  # fmt: skip
    if not s.flash:
        scores = 4 * 2 * d.heads * (tokens // s.sequences) ** 2 * s.sequences
        reference = "transformers, eager_attention_forward: scores, and their softmax in float32"
        text = f"2 x {d.heads} heads x {tokens // s.sequences:,}^2 x 4 bytes, one layer at a time"
        found.append(Line("compute", "attention scores", scores, text, reference, where=where))
    sizes = (300, 600, 1200) if gpus else (300, 800, 1500)
    reference = "PyTorch: CUDA context, cuBLAS workspace, the allocator's reserve"
    low, expected, high = (n * MIB * max(1, gpus) for n in sizes)
    found.append(
        Line("runtime", "PyTorch", expected, "context, libraries, fragments of its allocator", reference, low, high,
             "version and kernels that are loaded", where)
    )  # fmt: skip
    return found


def quantizing(model: Model, tokens: int = 2048) -> list[Line]:
    """What `fourbit quantize` holds at the block where it is most; it works in RAM, block by block."""
    matrices = [t for t in model.tensors if is_matrix(t)]
    if not matrices:
        return []
    blocks: dict[int, int] = {}
    codes: dict[int, int] = {}
    for tensor in model.tensors:
        index = block_of(tensor.name)
        blocks[index] = blocks.get(index, 0) + tensor.size
        if is_matrix(tensor):
            codes[index] = codes.get(index, 0) + tensor.size
    outside = blocks.pop(NO_BLOCK, 0)
    single = [(t.shape[-2], t.shape[-1]) for t in matrices]
    square = max(width for _, width in single) ** 2
    every: dict[int, set[int]] = {}
    for tensor in matrices:
        every.setdefault(block_of(tensor.name), set()).add(8 * tensor.shape[-1] ** 2)
    most = max(sum(sizes) for sizes in every.values())
    largest = max(rows * width for rows, width in single)
    widest = max(max(shape) for shape in single)
    hessians = SQUARE * square + min(max(0, most - 8 * square), HESSIAN) + DENSE * largest
    parts = (
        ("largest block", 4 * max(blocks.values()), f"{max(blocks.values()):,} weights in float32"),
        ("codes and scales", 2 * max(codes.values()), f"{max(codes.values()):,} weights x 2 bytes"),
        ("embeddings and norms", 4 * outside, f"{outside:,} weights in float32"),
        (
            "Hessians and a solve",
            hessians,
            f"{SQUARE} x {square:,} + {DENSE} x {largest:,} bytes, and the block's others",
        ),
        (
            "activations",
            BATCH * 4 * max(BATCH_TOKENS, tokens) * widest,
            f"{BATCH} x {max(BATCH_TOKENS, tokens):,} x {widest:,} x 4",
        ),
    )
    found = [Line("work", name, size, text, ESTIMATE, where="ram") for name, size, text in parts]
    reference = "snippets/bench/memory_curve.out"
    found.append(
        Line(
            "runtime",
            "Python and libraries",
            PYTHON,
            "measured",
            reference,
            250 * MIB,
            700 * MIB,
            "platform",
            "ram",
        )
    )
    return found
