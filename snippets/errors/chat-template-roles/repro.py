from transformers import AutoTokenizer

from fourbit.tiny import MODEL

tokenizer = AutoTokenizer.from_pretrained(MODEL)
tokenizer.chat_template = (
    "{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate "
    "user/assistant/user/assistant/...') }}"
    "{% endif %}{{ m.content }}{% endfor %}"
)
messages = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello!"},
]
tokenizer.apply_chat_template(messages)
