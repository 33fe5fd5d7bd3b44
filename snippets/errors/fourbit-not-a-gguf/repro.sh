printf 'ggjt\003\000\000\000 and more of it' > model.gguf
fourbit inspect model.gguf
