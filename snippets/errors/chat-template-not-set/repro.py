from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
chat = [{"role": "user", "content": "Hello"}]
tokenizer.apply_chat_template(chat, tokenize=False)
