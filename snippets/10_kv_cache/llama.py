# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the other snippets of this chapter import it"
# ///
"""llama.cpp with a type for keys and one for values; its log."""

# --8<-- [start:main]
import os

from fourbit.engine.llamacpp import Gguf
from fourbit.gguf import libllama
from fourbit.gguf.types import TYPES

FLASH, KEYS, VALUES = 13, 26, 27  # words of llama_context_params
library, log = libllama.load(), []
make_context = library.init_from_model


@libllama._Log
def note(level, text, _):
    log.append(text.decode(errors="replace"))
    if level == libllama.ERROR:
        library.errors.append(log[-1].strip())


library.log_set(note, None)


def cached(file, length, keys="F16", values="F16", flash=1, turn=True):
    """A GGUF file with this cache, for `evaluate`."""

    def make(model, settings):
        words = settings.words
        assert words[KEYS] == words[VALUES] == TYPES["F16"].id
        words[KEYS], words[VALUES] = TYPES[keys].id, TYPES[values].id
        words[FLASH] = flash
        return make_context(model, settings)

    os.environ["LLAMA_ATTN_ROT_DISABLE"] = str(int(not turn))
    library.init_from_model = make
    log.clear()
    return Gguf(file, length)


# --8<-- [end:main]
