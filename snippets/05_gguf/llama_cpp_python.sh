# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "compiles for half an hour"
# ///
# --8<-- [start:main]
pip install llama-cpp-python                              # CPU; Metal on a Mac
CMAKE_ARGS="-DGGML_CUDA=on" pip install llama-cpp-python  # NVIDIA
CMAKE_ARGS="-DGGML_VULKAN=on" pip install llama-cpp-python
# --8<-- [end:main]
