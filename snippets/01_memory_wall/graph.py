# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the count of this chapter imports it"
# ///
"""What llama.cpp reads: the inputs of every operation it computes."""

# --8<-- [start:main]
import ctypes
from ctypes import CFUNCTYPE, c_bool, c_char_p, c_size_t, c_void_p

from fourbit.gguf import libllama

library = libllama.load()
ggml = ctypes.CDLL(libllama.extension.__file__)
TEXTS = ("ggml_get_name", c_char_p), ("ggml_op_desc", c_char_p)
for name, kind in (*TEXTS, ("ggml_nbytes", c_size_t)):
    getattr(ggml, name).restype = kind
    getattr(ggml, name).argtypes = [c_void_p]
SOURCES, ROWS = 152, 24  # bytes into ggml_tensor: src, ne[1]
CALLBACK = 88  # bytes into llama_context_params: cb_eval


def reads(file, context, token=5):
    """Bytes by tensor that one token reads, alone in its context."""
    found = {}

    @CFUNCTYPE(c_bool, c_void_p, c_bool, c_void_p)
    def look(node, ask, _):  # called before each operation
        for i in range(10):
            at = c_void_p.from_address(node + SOURCES + 8 * i).value
            if at:
                name = ggml.ggml_get_name(at).decode()
                size = ggml.ggml_nbytes(at)
                if ggml.ggml_op_desc(node) == b"GET_ROWS":
                    size //= ctypes.c_int64.from_address(
                        at + ROWS
                    ).value
                found[name] = size
        return False  # we do not want its result

    model = library.open_model(file)
    settings = library.context_default_params()
    settings.words[libllama.N_CTX] = context
    place = c_void_p.from_address(ctypes.addressof(settings) + CALLBACK)
    assert place.value is None  # where the callback goes
    place.value = ctypes.cast(look, c_void_p).value
    handle = library.init_from_model(model, settings)
    batch = library.batch_init(1, 0, 1)
    batch.n_tokens, batch.token[0], batch.pos[0] = 1, token, 0
    batch.n_seq_id[0], batch.seq_id[0][0], batch.logits[0] = 1, 0, 1
    assert library.decode(handle, batch) == 0
    library.batch_free(batch)
    library.free(handle)
    library.model_free(model)
    return found


# --8<-- [end:main]
