# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "llama-cpp-python comes as source and has to be compiled"
# needs = ["llama_cpp"]
# ///
# --8<-- [start:fix]
cd / && unset LLAMA_CPP_LIB_PATH
# pip install --force-reinstall --no-cache-dir llama-cpp-python
# --8<-- [end:fix]
# --8<-- [start:check]
python -c "import llama_cpp; print(llama_cpp.__version__)"
# --8<-- [end:check]
