huggingface-cli download any/model
