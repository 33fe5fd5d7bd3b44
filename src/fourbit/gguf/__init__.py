"""GGUF files: written from a model or losslessly from a GPTQ checkpoint, read, run. `types` to `header` need no library."""
