# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "llama-cpp-python comes as source and has to be compiled"
# needs = ["llama_cpp"]
# ///
mkdir empty
LLAMA_CPP_LIB_PATH=empty python -c "import llama_cpp"
