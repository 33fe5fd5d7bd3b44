from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
original = AutoTokenizer.from_pretrained(MODEL)
original.chat_template = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
)
# --8<-- [start:fix]
tokenizer.chat_template = original.chat_template
tokenizer.save_pretrained("quantized")
# --8<-- [end:fix]
# --8<-- [start:check]
chat = [{"role": "user", "content": "Hello"}]
loaded = AutoTokenizer.from_pretrained("quantized")
text = loaded.apply_chat_template(chat, tokenize=False)
assert "user" in text and "Hello" in text
# --8<-- [end:check]
