from transformers import AutoConfig, AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
# --8<-- [start:fix]
config = AutoConfig.from_pretrained(MODEL)
tokenizer.model_max_length = config.max_position_embeddings
# --8<-- [end:fix]
# --8<-- [start:check]
limit = tokenizer.model_max_length
ids = tokenizer("a b " * limit, truncation=True).input_ids
assert len(ids) == limit
# --8<-- [end:check]
