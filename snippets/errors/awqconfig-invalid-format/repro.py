from transformers import AwqConfig

AwqConfig(bits=4, version="marlin")
