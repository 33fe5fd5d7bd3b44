from transformers import GPTQConfig

GPTQConfig(bits=4, dataset="ptb")
