# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from fourbit.tiny import MODEL

places = ["model.embed_tokens", "model.norm", "model.rotary_emb"]
device_map = dict.fromkeys([*places, "lm_head"], "cpu")
device_map["model.layers"] = "disk"
AutoModelForCausalLM.from_pretrained(
    MODEL,
    quantization_config=BitsAndBytesConfig(load_in_8bit=True),
    device_map=device_map,
    offload_folder="offload",
)
