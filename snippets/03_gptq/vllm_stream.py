# /// script
# [tool.fourbit]
# tier = "checked"
# reason = "vLLM needs a GPU"
# api = ["vllm==0.33.0"]
# ///
"""Print an answer while vLLM writes it."""

# --8<-- [start:stream]
import asyncio
import uuid

from vllm import AsyncEngineArgs, SamplingParams
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine.async_llm import AsyncLLM


async def stream(engine, prompt):
    """Yield each piece of the answer once."""
    params = SamplingParams(
        max_tokens=256,
        # By default each output repeats all the text so far.
        output_kind=RequestOutputKind.DELTA,
    )
    name = uuid.uuid4().hex  # of the request; unique in the engine
    async for output in engine.generate(prompt, params, name):
        yield output.outputs[0].text


async def main():
    engine = AsyncLLM.from_engine_args(
        AsyncEngineArgs(model="Qwen3-0.6B-gptq")
    )
    try:
        async for piece in stream(engine, "A Hessian is"):
            print(piece, end="", flush=True)
    finally:
        engine.shutdown()  # ends the engine's own processes


if __name__ == "__main__":
    asyncio.run(main())
# --8<-- [end:stream]
