from transformers import DynamicCache

cache = DynamicCache()
past = cache.get_usable_length(1)
