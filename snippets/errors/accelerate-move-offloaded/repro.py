from transformers import AutoModelForCausalLM

from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(
    MODEL, device_map={"": "disk"}, offload_folder="offload"
)
model.to("cpu")
