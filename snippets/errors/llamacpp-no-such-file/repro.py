import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = "~/models/model.gguf"
xllamacpp.Server(params)
