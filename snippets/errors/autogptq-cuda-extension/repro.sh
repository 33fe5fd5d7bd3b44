# /// script
# [tool.fourbit]
# environment = "autogptq"
# ///
python -c 'import auto_gptq'
