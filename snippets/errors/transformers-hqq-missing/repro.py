from transformers import HqqConfig

HqqConfig(nbits=4, group_size=64)
