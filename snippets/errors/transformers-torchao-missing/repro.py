from transformers import TorchAoConfig

TorchAoConfig("int8_weight_only")
