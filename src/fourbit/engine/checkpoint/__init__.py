"""The model on disk: packed codes, GPTQ and AWQ layouts, safetensors shards, weights of any of them."""
