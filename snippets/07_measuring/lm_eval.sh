# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the harness downloads its data sets"
# ///
# --8<-- [start:main]
pip install "lm_eval[hf]"
for model in Qwen/Qwen3-0.6B ./Qwen3-0.6B-gptq; do
  lm_eval --model hf --model_args pretrained="$model" \
    --tasks wikitext,arc_easy --batch_size 8 \
    --log_samples --output_path results
done
# --8<-- [end:main]
