import torch
from transformers import AutoModelForCausalLM, DynamicCache

from fourbit.book.drift import prove
from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
cache = model(torch.tensor([[1, 2, 3]])).past_key_values
names = {"model": model, "cache": cache, "DynamicCache": DynamicCache}

prove(
    """
transformers 4.53 transformers-dynamic-cache
cache.get_usable_length(1)
cache.get_seq_length()

transformers 4.53 transformers-dynamic-cache
cache.seen_tokens
cache.get_seq_length()

transformers 4.55 transformers-dynamic-cache
cache.key_cache[0]
cache.layers[0].keys

transformers 4.57 transformers-dynamic-cache
cache.to_legacy_cache()
[(one.keys, one.values) for one in cache.layers]

transformers 4.57 transformers-dynamic-cache
cache[0][0]
cache.layers[0].keys

transformers 4.49 transformers-adamw-gone
from transformers import AdamW
from torch.optim import AdamW

transformers 4.47 -
from transformers.models.llama.modeling_llama import LlamaSdpaAttention
from transformers.models.llama.modeling_llama import LlamaAttention

transformers 4.57 -
from transformers.utils import is_torch_fx_available
import torch.fx

transformers 4.57 autogptq-no-init-weights
from transformers.modeling_utils import no_init_weights
from transformers.initialization import no_init_weights

transformers 4.38 -
from transformers import top_k_top_p_filtering
from transformers import TopKLogitsWarper, TopPLogitsWarper
""",
    names,
)
