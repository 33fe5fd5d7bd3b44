fourbit gguf tiny --type lossless --out model.gguf
