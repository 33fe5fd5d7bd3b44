from transformers import GPTQConfig

GPTQConfig(bits=5)
