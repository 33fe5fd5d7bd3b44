from huggingface_hub import constants, hf_hub_download

constants.HF_HUB_OFFLINE = True  # as HF_HUB_OFFLINE=1
hf_hub_download("any/model", "config.json")
