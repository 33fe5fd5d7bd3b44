fourbit gguf tiny --type iq2_xxs --out model.gguf
