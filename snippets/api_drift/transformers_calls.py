import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from fourbit.book.drift import prove
from fourbit.tiny import MODEL

model = AutoModelForCausalLM.from_pretrained(MODEL)
tokenizer = AutoTokenizer.from_pretrained(MODEL)
load = AutoModelForCausalLM.from_pretrained
names = {"transformers": transformers, "tokenizer": tokenizer}
names |= {"MODEL": MODEL, "load": load}

prove(
    """
transformers 4.57 transformers-load-in-4bit-argument
load(MODEL, load_in_4bit=True)
transformers.BitsAndBytesConfig(load_in_4bit=True)

transformers 4.57 transformers-use-auth-token
load(MODEL, use_auth_token="hf_x")
load(MODEL, token="hf_x")

transformers 4.57 tokenizer-encode-plus
tokenizer.encode_plus("some text")
tokenizer("some text")

transformers 4.57 tokenizer-encode-plus
tokenizer.batch_encode_plus(["one", "two"])
tokenizer(["one", "two"])

transformers 4.57 -
tokenizer.build_inputs_with_special_tokens([1, 2])
tokenizer("some text", add_special_tokens=True)

transformers 4.57 -
from transformers import pipeline; pipeline("summarization")
from transformers import pipeline; pipeline("text-generation", MODEL)

transformers 4.57 -
from transformers import pipeline; pipeline("text2text-generation")
from transformers import AutoModelForSeq2SeqLM

transformers 4.57 -
from transformers import AutoModelForVision2Seq
from transformers import AutoModelForImageTextToText

transformers 4.57 -
from transformers import TFAutoModelForCausalLM
from transformers import AutoModelForCausalLM

transformers 4.57 -
transformers.AwqConfig(version="exllama")
transformers.AwqConfig(version="gemm")

transformers 4.38 -
transformers.GPTQConfig(bits=4, dataset="ptb")
transformers.GPTQConfig(bits=4, dataset="c4")
""",
    names,
)
