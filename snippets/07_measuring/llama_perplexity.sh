# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "needs a build of llama.cpp and two GGUF files"
# ///
# --8<-- [start:main]
# The base model writes its predictions, 2 bytes a vocabulary entry:
llama-perplexity -m model-f16.gguf -f wiki.test.raw \
  --kl-divergence-base base.kld
# The quantized one is compared with them:
llama-perplexity -m model-q4_k_m.gguf \
  --kl-divergence-base base.kld --kl-divergence
# --8<-- [end:main]
