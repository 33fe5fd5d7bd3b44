from transformers import AutoModelForCausalLM
from transformers.integrations import accelerate

from fourbit.tiny import MODEL

accelerate.is_accelerate_available = lambda: False
AutoModelForCausalLM.from_pretrained(MODEL, device_map="auto")
