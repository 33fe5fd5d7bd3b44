from fnmatch import fnmatch

# --8<-- [start:fix]
# files = huggingface_hub.list_repo_files("any/model-GGUF")
files = ["README.md", "Q4_K_M/model-Q4_K_M-00001-of-00002.gguf"]
found = [one for one in files if fnmatch(one, "*Q4_K_M*.gguf")]
# --8<-- [end:fix]
# --8<-- [start:check]
assert found == ["Q4_K_M/model-Q4_K_M-00001-of-00002.gguf"]
# --8<-- [end:check]
