fourbit gguf tiny --type q8_0 --out whole.gguf
LC_ALL=C sed 's/gpt-2/gpt-9/' whole.gguf > model.gguf
# --8<-- [start:fix]
gguf-new-metadata --pre-tokenizer gpt-2 model.gguf right.gguf
# --8<-- [end:fix]
# --8<-- [start:check]
gguf-dump --no-tensors right.gguf 2> log | grep tokenizer.ggml.pre
# --8<-- [end:check]
