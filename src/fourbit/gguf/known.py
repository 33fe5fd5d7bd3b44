"""The architectures that are known: transformers' class names, GGUF's name, the parts of a block, what else differs.

Standard library only.
"""

from dataclasses import replace

from fourbit.gguf import architectures as of
from fourbit.gguf import hybrids
from fourbit.gguf.architectures import Change, biased, experts, qwen_moe, same, shared, window
from fourbit.gguf.dims import Config, ConfigError, Dims, start, windows

# the parts are those that gguf.layout asks for with `dims.has`
ROWS: tuple[tuple[str, str, str, Change], ...] = (
    ("Llama IQuestCoder", "llama", "norm ffn_norm gate", biased),
    ("Mistral Mixtral", "llama", "norm ffn_norm gate", lambda c, d: windows(c, experts(c, d), 1)),
    ("Mistral3 Ministral3", "mistral3", "norm ffn_norm gate", biased),
    ("Llama4", "llama4", "norm ffn_norm gate", of.llama4),
    ("SmolLM3", "smollm3", "norm ffn_norm gate tied", biased),
    ("Arcee", "arcee", "norm ffn_norm", biased),
    ("Apertus", "apertus", "norm ffn_norm qk_norm", same),
    ("Qwen2", "qwen2", "norm ffn_norm gate qkv_bias", window(1)),
    ("Qwen2VL Qwen2_5_VL", "qwen2vl", "norm ffn_norm gate qkv_bias", window(1)),
    ("Qwen2Moe", "qwen2moe", "norm ffn_norm gate qkv_bias shared_gate", qwen_moe),
    ("Qwen3", "qwen3", "norm ffn_norm gate qk_norm", biased),
    ("Qwen3VL", "qwen3vl", "norm ffn_norm gate qk_norm", biased),
    ("Qwen3Moe", "qwen3moe", "norm ffn_norm gate qk_norm", qwen_moe),
    ("Qwen3VLMoe", "qwen3vlmoe", "norm ffn_norm gate qk_norm", qwen_moe),
    ("Qwen3Next", "qwen3next", "norm post_norm gate qk_norm gated_q shared_gate ba", hybrids.delta),
    ("Qwen3_5", "qwen35", "norm post_norm gate qk_norm gated_q", hybrids.delta),
    ("Qwen3_5Moe", "qwen35moe", "norm post_norm gate qk_norm gated_q shared_gate", hybrids.delta),
    ("Gemma", "gemma", "norm ffn_norm gate tied", same),
    ("Gemma2", "gemma2", "norm ffn_norm gate post_norm post_ffw tied", window(2)),
    ("Gemma3", "gemma3", "norm ffn_norm gate qk_norm post_norm post_ffw tied", window(6)),
    ("Gemma3n", "gemma3n", "norm ffn_norm gate qk_norm post_norm post_ffw tied", of.gemma3n),
    ("Gemma4 Gemma4Unified", "gemma4", "norm ffn_norm gate qk_norm post_norm post_ffw tied", of.gemma4),
    ("Phi3 Phi4", "phi3", "norm ffn_norm fused_qkv fused_gate", of.phi3),
    (
        "PhiMoE",
        "phimoe",
        "norm norm_bias ffn_norm gate qkv_bias o_bias out_bias",
        lambda c, d: experts(c, of.phi3(c, d)),
    ),
    (
        "DeepseekV2 DeepseekV3 KimiK2 KimiK25 KimiVL Glm4MoeLite Youtu",
        "deepseek2",
        "norm ffn_norm gate",
        of.latent,
    ),
    ("KimiLinear", "kimi-linear", "norm ffn_norm gate probs_bias", hybrids.kimi_linear),
    ("GptOss", "gpt-oss", "norm post_norm gate qkv_bias o_bias sinks expert_bias", of.gpt_oss),
    ("Granite", "granite", "norm ffn_norm gate", biased),
    ("GraniteMoe GraniteMoeShared", "granitemoe", "norm ffn_norm gate", shared),
    ("GraniteMoeHybrid", "granitehybrid", "norm ffn_norm gate ssm_norm", hybrids.granite_hybrid),
    ("Cohere", "command-r", "norm gate tied", of.command_r),
    ("Cohere2", "cohere2", "norm gate tied", window(4)),
    ("Olmo2 Olmo3", "olmo2", "gate qk_norm_wide post_norm post_ffw", window(4)),
    ("Olmoe", "olmoe", "norm ffn_norm gate qk_norm_wide", experts),
    ("Glm4", "glm4", "norm ffn_norm fused_gate post_norm post_ffw", biased),
    ("Glm4Moe Glm4vMoe", "glm4moe", "norm post_norm gate probs_bias", of.glm_moe),
    ("SeedOss", "seed_oss", "norm post_norm gate", biased),
    ("Exaone4", "exaone4", "gate qk_norm post_norm post_ffw", window(4)),
    ("Ernie4_5 Ernie4_5_", "ernie4_5", "norm ffn_norm gate", biased),
    ("Ernie4_5_Moe", "ernie4_5-moe", "norm ffn_norm gate probs_bias", shared),
    ("HunYuanDenseV1", "hunyuan-dense", "norm ffn_norm gate qk_norm", biased),
    ("MiniMaxM2", "minimax-m2", "norm ffn_norm gate qk_norm_wide probs_bias", experts),
    ("Dots1", "dots1", "norm ffn_norm gate qk_norm probs_bias", shared),
    ("BailingMoeV2", "bailingmoe2", "norm ffn_norm gate qk_norm fused_qkv probs_bias", shared),
    ("Nemotron", "nemotron", "norm norm_bias ffn_norm", biased),
    ("Starcoder2", "starcoder2", "norm norm_bias ffn_norm qkv_bias o_bias feed_bias", window(1)),
    ("NemotronH", "nemotron_h", "norm ssm_norm probs_bias", hybrids.nemotron_h),
    ("FalconH1", "falcon-h1", "norm ffn_norm gate", hybrids.falcon_h1),
    ("Lfm2", "lfm2", "norm ffn_norm gate qk_norm tied", hybrids.lfm2),
    ("Lfm2Moe", "lfm2moe", "norm ffn_norm gate qk_norm tied probs_bias", hybrids.lfm2),
)
_SUFFIXES = ("ForCausalLM", "ForConditionalGeneration", "TextModel", "Model", "_text")
_BY_NAME = {name.lower().replace("_", ""): row for row in ROWS for name in row[0].split()}
_STATE_SPACE = {"mamba": "mamba", "falconmamba": "mamba", "mambalmhead": "mamba", "mamba2": "mamba2"}


def _short(name: str) -> str:
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.lower().replace("_", "")


def read(config: dict, assume: bool = False) -> Dims:
    """Dims of a model from the fields of its config.json.

    An architecture that is not known raises ConfigError, or is counted as a Llama-like decoder when `assume`, with a
    note that says so.
    """
    c = Config(config)
    name = c.architecture
    names = [_short(name), _short(str(c.fields.get("model_type") or ""))]
    if state := next((_STATE_SPACE[n] for n in names if n in _STATE_SPACE), None):
        return hybrids.mamba(c, state)
    row = next((_BY_NAME[n] for n in names if n in _BY_NAME), None)
    if row is None and not assume:
        raise ConfigError(
            f"the architecture {name or '(the config names none)'} is not known; "
            f"known are {', '.join(sorted({row[1] for row in ROWS}))}; nothing was assumed"
        )
    if row is None:
        c.notes.append(
            f"the architecture {name or '(the config names none)'} is not known: counted as a decoder like Llama (q, k, v "
            "and o, gate, up and down projections, two norms), so treat every line as a guess"
        )
        row = (
            "",
            "llama",
            "norm ffn_norm gate",
            lambda c, d: windows(c, experts(c, d) if d.experts else d, 1),
        )
    _, arch, parts, change = row
    made = change(c, start(c, arch, set(parts.split())))
    if made.mtp:
        c.notes.append(f"{made.mtp} layer{'s' * (made.mtp > 1)} for predicting further tokens not counted")
    return replace(made, notes=(*made.notes, *c.notes))
