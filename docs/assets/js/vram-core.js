// Made from src/fourbit/gguf and src/fourbit/vram by `python -m fourbit.book.translate`; edit those, not this.
"use strict";
globalThis.fourbit = ((py) => {
const M = {};
M["errors"] = (() => {
class UserError extends py.Exception {
}
return { UserError };
})();
M["gguf.types"] = (() => {
let BY_ID, TYPES;
class Type extends py.Named {
 constructor(name, id, block, size) {
  super();
  this.name = name; this.id = id; this.block = block; this.size = size;
  this.__post_init__?.();
 }
 get bits() {
  const self = this;
  return (py.mul(8, self.size) / self.block);
 }
 row_bytes(width) {
  const self = this;
  if (py.t(py.mod(width, self.block))) {
   throw py.ValueError(`${py.str(self.name)} stores blocks of ${py.str(self.block)} weights; ${py.str(width)} is no multiple of it`);
  }
  return py.mul(py.floordiv(width, self.block), self.size);
 }
}
Type.$fields = ["name", "id", "block", "size"];
TYPES = py.dict(py.made(($r) => { for (const row of py.iter([["F32", 0, 1, 4], ["F16", 1, 1, 2], ["Q4_0", 2, 32, 18], ["Q4_1", 3, 32, 20], ["Q5_0", 6, 32, 22], ["Q5_1", 7, 32, 24], ["Q8_0", 8, 32, 34], ["Q8_1", 9, 32, 36], ["Q2_K", 10, 256, 84], ["Q3_K", 11, 256, 110], ["Q4_K", 12, 256, 144], ["Q5_K", 13, 256, 176], ["Q6_K", 14, 256, 210], ["Q8_K", 15, 256, 292], ["IQ2_XXS", 16, 256, 66], ["IQ2_XS", 17, 256, 74], ["IQ3_XXS", 18, 256, 98], ["IQ1_S", 19, 256, 50], ["IQ4_NL", 20, 32, 18], ["IQ3_S", 21, 256, 110], ["IQ2_S", 22, 256, 82], ["IQ4_XS", 23, 256, 136], ["I8", 24, 1, 1], ["I16", 25, 1, 2], ["I32", 26, 1, 4], ["I64", 27, 1, 8], ["F64", 28, 1, 8], ["IQ1_M", 29, 256, 56], ["BF16", 30, 1, 2], ["TQ1_0", 34, 256, 54], ["TQ2_0", 35, 256, 66], ["MXFP4", 39, 32, 17], ["NVFP4", 40, 64, 36], ["Q1_0", 41, 128, 18], ["Q2_0", 42, 64, 18]])) { $r.push([py.at(row, 0), new Type(...py.iter(row))]); } }));
BY_ID = py.dict(py.made(($r) => { for (const kind of py.iter(py.call(TYPES, "values"))) { $r.push([kind.id, kind]); } }));
return { BY_ID, TYPES, Type };
})();
M["gguf.dims"] = (() => {
let LIMIT, NOUNS;
const replace = py.library.dataclasses.replace;
const UserError = M["errors"].UserError;
LIMIT = py.shl(1, 31);
NOUNS = py.dict([[py.dict, "an object"], [py.list, "a list"], [py.str, "a text"]]);
class ConfigError extends UserError {
}
class Layer extends py.Named {
 constructor(attention = "full", state = "", heads = 0, kv_heads = 0, key = 0, value = 0, feed = 0, experts = false, cached = true) {
  super();
  this.attention = attention; this.state = state; this.heads = heads; this.kv_heads = kv_heads; this.key = key; this.value = value; this.feed = feed; this.experts = experts; this.cached = cached;
  this.__post_init__?.();
 }
}
Layer.$fields = ["attention", "state", "heads", "kv_heads", "key", "value", "feed", "experts", "cached"];
class Dims extends py.Thing {
 constructor(arch, embed, vocab, layers, context = 0, tied = false, window = 0, chunked = false, experts = 0, experts_used = 0, expert_feed = 0, shared_feed = 0, latent = 0, q_rank = 0, kv_rank = 0, rope = 0, key_latent = 0, value_latent = 0, conv = 0, inner = 0, state = 0, groups = 0, ranks = 0, per_layer = 0, double = false, features = py.frozenset(), extra = py.dict(), mtp = 0, notes = []) {
  super();
  this.arch = arch; this.embed = embed; this.vocab = vocab; this.layers = layers; this.context = context; this.tied = tied; this.window = window; this.chunked = chunked; this.experts = experts; this.experts_used = experts_used; this.expert_feed = expert_feed; this.shared_feed = shared_feed; this.latent = latent; this.q_rank = q_rank; this.kv_rank = kv_rank; this.rope = rope; this.key_latent = key_latent; this.value_latent = value_latent; this.conv = conv; this.inner = inner; this.state = state; this.groups = groups; this.ranks = ranks; this.per_layer = per_layer; this.double = double; this.features = features; this.extra = extra; this.mtp = mtp; this.notes = notes;
  this.__post_init__?.();
 }
 get heads() {
  const self = this;
  return py.max(py.made(($r) => { for (const layer of py.iter(self.layers)) { $r.push(layer.heads); } }));
 }
 has(feature) {
  const self = this;
  return py.in(feature, self.features);
 }
}
Dims.$fields = ["arch", "embed", "vocab", "layers", "context", "tied", "window", "chunked", "experts", "experts_used", "expert_feed", "shared_feed", "latent", "q_rank", "kv_rank", "rope", "key_latent", "value_latent", "conv", "inner", "state", "groups", "ranks", "per_layer", "double", "features", "extra", "mtp", "notes"];
class Config extends py.Thing {
 __init__(fields) {
  const self = this;
  let inner, text;
  if (!py.isinstance(fields, py.dict)) {
   throw new ConfigError(`a config.json holds an object, not ${py.str(py.type(fields).__name__)}`);
  }
  self.top = fields;
  inner = py.next(py.made(($r) => { for (const n of py.iter(["text_config", "llm_config", "language_config", "thinker_config"])) { if (py.in(n, fields)) $r.push(n); } }), "");
  text = py.or(py.call(fields, "get", inner), () => py.dict([]));
  text = py.call(text, "get", "text_config", text);
  self.fields = (py.t(inner) ? py.dict([...py.items(fields), ...py.items(py.dict(py.made(($r) => { for (const [k, v] of py.iter(py.call(text, "items"))) { if ((v != null)) $r.push([k, v]); } })))]) : fields);
  self.notes = [];
 }
 get architecture() {
  const self = this;
  let names;
  names = py.or(py.call(self.top, "get", "architectures"), () => py.or(py.call(self.fields, "get", "architectures"), () => [null]));
  return py.str(py.or((py.isinstance(names, py.list) ? py.at(names, 0) : names), () => py.or(py.call(self.fields, "get", "model_type"), () => "")));
 }
 get(...$a) {
  const self = this;
  const $k = py.words($a);
  let names = $a;
  let default_ = py.given($k.default, null);
  return py.next(py.made(($r) => { for (const n of py.iter(names)) { if ((py.call(self.fields, "get", n) != null)) $r.push(py.at(self.fields, n)); } }), default_);
 }
 number(...$a) {
  const self = this;
  const $k = py.words($a);
  let names = $a;
  let default_ = py.given($k.default, null);
  let least = py.given($k.least, 0);
  let value;
  value = self.get(...py.iter(names));
  if ((py.isinstance(value, py.list) && py.t(value) && py.all(py.made(($r) => { for (const v of py.iter(value)) { $r.push(py.eq(v, py.at(value, 0))); } })))) {
   value = py.at(value, 0);
  }
  if ((value == null)) {
   if ((default_ == null)) {
    throw new ConfigError(`the config has no ${py.repr(py.at(names, 0))}, which the memory of ${py.repr(self.architecture)} depends on`);
   }
   return default_;
  }
  if ((py.isinstance(value, py.bool) || !py.isinstance(value, [py.int, py.float]) || !py.eq(value, py.int(value)))) {
   throw new ConfigError(`${py.repr(py.at(names, 0))} of the config is ${py.repr(value)}, not a whole number`);
  }
  if (!((least <= value) && (value < LIMIT))) {
   throw new ConfigError(`${py.repr(py.at(names, 0))} of the config is ${py.str(value)}, not between ${py.str(least)} and ${py.str(py.sub(LIMIT, 1))}`);
  }
  return py.int(value);
 }
 of(...$a) {
  const self = this;
  const $k = py.words($a);
  let kind = $a.length ? $a.shift() : $k.kind;
  let names = $a;
  let value;
  value = py.named(self, self.get, [...py.iter(names)], {default: kind()});
  if (!py.isinstance(value, kind)) {
   throw new ConfigError(`${py.repr(py.at(names, 0))} of the config is ${py.repr(value)}, not ${py.str(py.at(NOUNS, kind))}`);
  }
  return value;
 }
 ratio(...$a) {
  const self = this;
  const $k = py.words($a);
  let names = $a;
  let default_ = py.given($k.default, 1.0);
  let value;
  value = py.named(self, self.get, [...py.iter(names)], {default: default_});
  if ((py.isinstance(value, py.bool) || !py.isinstance(value, [py.int, py.float]) || !((0 < value) && (value <= 100)))) {
   throw new ConfigError(`${py.repr(py.at(names, 0))} of the config is ${py.repr(value)}, not a number from 0 to 100`);
  }
  return py.float(value);
 }
 flag(...$a) {
  const self = this;
  const $k = py.words($a);
  let names = $a;
  let default_ = py.given($k.default, false);
  return py.bool(py.named(self, self.get, [...py.iter(names)], {default: default_}));
 }
 kinds(count) {
  const self = this;
  let kinds;
  kinds = py.or(self.of(py.list, "layer_types", "layers_block_type"), () => null);
  if (((kinds != null) && (py.len(kinds) < count))) {
   throw new ConfigError(`the config lists ${py.str(py.len(kinds))} layer_types for ${py.str(count)} layers`);
  }
  return py.and(kinds, () => py.list(py.slice(kinds, null, count, null)));
 }
}
Config.prototype.get.$many = true;
Config.prototype.number.$many = true;
Config.prototype.of.$many = true;
Config.prototype.ratio.$many = true;
Config.prototype.flag.$many = true;
function start(c, arch, features) {
 let count, embed, experts, feed, heads, key, kv, layer, rope, share;
 embed = py.method(c, "number", ["hidden_size", "n_embd", "d_model", "model_dim", "dim"], {least: 1});
 count = py.method(c, "number", ["num_hidden_layers", "n_layers", "n_layer", "num_layers"], {least: 1});
 if ((count > 4096)) {
  throw new ConfigError(`'num_hidden_layers' of the config is ${py.str(count)}; no model has so many`);
 }
 heads = py.method(c, "number", ["num_attention_heads", "n_heads", "n_head", "num_heads"], {least: 1});
 if ((py.call(c, "get", "num_key_value_heads", "n_head_kv", "num_kv_heads", "n_kv_heads") == null)) {
  py.call(c.notes, "append", `no num_key_value_heads: ${py.str(heads)} assumed, one for each head (multi-head attention)`);
 }
 kv = py.method(c, "number", ["num_key_value_heads", "n_head_kv", "num_kv_heads", "n_kv_heads"], {default: heads, least: 1});
 if (py.t(py.mod(heads, kv))) {
  throw new ConfigError(`${py.str(heads)} attention heads do not share ${py.str(kv)} key-value heads evenly`);
 }
 key = py.or(py.method(c, "number", ["head_dim", "attention_head_dim"], {default: 0}), () => py.floordiv(embed, heads));
 feed = py.method(c, "number", ["intermediate_size", "ffn_hidden_size", "n_inner", "block_ff_dim"], {least: 1});
 experts = py.method(c, "number", ["num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"], {default: 0});
 rope = c.of(py.dict, "rope_parameters", "rope_scaling");
 if (py.isinstance(py.call(rope, "get", "full_attention"), py.dict)) {
  rope = py.at(rope, "full_attention");
 }
 if ((py.call(rope, "get", "rope_type", py.call(rope, "get", "type")) === "llama3")) {
  features = py.bor(features, py.set(["rope_freqs"]));
 }
 share = py.method(c, "ratio", ["partial_rotary_factor"], {default: py.or(py.call(rope, "get", "partial_rotary_factor"), () => 1.0)});
 layer = new Layer("full", "", heads, kv, key, py.or(py.method(c, "number", ["v_head_dim"], {default: 0}), () => key), feed, (experts > 0));
 return py.made_of(Dims, [], {arch: arch, embed: embed, vocab: py.method(c, "number", ["vocab_size", "padded_vocab_size"], {least: 1}), layers: py.mul([layer], count), context: py.method(c, "number", ["max_position_embeddings", "n_positions", "max_sequence_length", "model_max_length"], {default: 0}), tied: py.method(c, "flag", ["tie_word_embeddings"], {default: py.in("tied", features)}), window: (py.t(py.method(c, "flag", ["use_sliding_window"], {default: true})) ? py.method(c, "number", ["sliding_window"], {default: 0}) : 0), experts: experts, experts_used: py.method(c, "number", ["num_experts_per_tok", "num_experts_per_token", "top_k_experts", "moe_topk", "moe_k"], {default: 0}), expert_feed: py.or(py.method(c, "number", ["moe_intermediate_size", "expert_intermediate_size"], {default: 0}), () => (py.t(experts) ? feed : 0)), rope: py.int(py.mul(key, share)), features: py.frozenset(features), mtp: py.method(c, "number", ["num_nextn_predict_layers", "mtp_num_hidden_layers"], {default: 0})});
}
function windows(c, dims, every) {
 let count, kinds, local, pattern;
 if (!py.t(dims.window)) {
  return dims;
 }
 count = py.len(dims.layers);
 ([kinds, pattern] = py.iter([c.kinds(count), every]));
 if (!py.isinstance(py.call(c, "get", "sliding_window_pattern"), py.str)) {
  pattern = py.method(c, "number", ["sliding_window_pattern", "_sliding_window_pattern"], {default: every, least: 1});
 }
 local = (py.t(kinds) ? py.made(($r) => { for (const k of py.iter(kinds)) { $r.push(py.in(k, ["sliding_attention", "chunked_attention"])); } }) : py.made(($r) => { for (const i of py.iter(py.range(count))) { $r.push(((every === 1) || (py.mod(py.add(i, 1), pattern) !== 0))); } }));
 return py.named(null, replace, [dims], {layers: py.tuple(py.made(($r) => { for (const [layer, is_local] of py.iter(py.named(null, py.zip, [dims.layers, local], {strict: true}))) { $r.push((py.t(is_local) ? py.method(layer, "_replace", [], {attention: "window"}) : layer)); } }))});
}
function dense_first(dims, lead) {
 return py.named(null, replace, [dims], {layers: py.tuple(py.made(($r) => { for (const [i, layer] of py.iter(py.enumerate(dims.layers))) { $r.push((((i < lead) || !py.t(dims.experts)) ? py.method(layer, "_replace", [], {experts: false}) : py.method(layer, "_replace", [], {feed: 0}))); } }))});
}
return { Config, ConfigError, Dims, LIMIT, Layer, NOUNS, dense_first, start, windows };
})();
M["gguf.architectures"] = (() => {
const replace = py.library.dataclasses.replace;
const Config = M["gguf.dims"].Config;
const ConfigError = M["gguf.dims"].ConfigError;
const Dims = M["gguf.dims"].Dims;
const dense_first = M["gguf.dims"].dense_first;
const windows = M["gguf.dims"].windows;
function window(every) {
 return ((c, d) => windows(c, d, every));
}
function biased(c, d) {
 let found, plain;
 ([found, plain] = py.iter([py.set(), py.in(d.arch, ["llama", "granite", "mistral3"])]));
 if (py.t(c.flag("attention_bias", "use_bias", "use_qkv_bias", "bias"))) {
  py.call(found, "add", "qkv_bias");
  if (py.t(py.method(c, "flag", ["attention_out_bias"], {default: plain}))) {
   py.call(found, "add", "o_bias");
  }
 }
 if ((py.t(c.flag("mlp_bias")) && py.t(plain))) {
  py.call(found, "add", "feed_bias");
 }
 return py.named(null, replace, [d], {features: py.bor(d.features, found)});
}
function phi3(c, d) {
 let long, rope;
 rope = c.of(py.dict, "rope_scaling", "rope_parameters");
 long = py.or(py.call(rope, "get", "long_factor"), () => (py.call(rope, "get", "rope_type", py.call(rope, "get", "type")) === "longrope"));
 return windows(c, py.named(null, replace, [d], {features: py.bor(d.features, (py.t(long) ? py.set(["rope_factors"]) : py.set()))}), 1);
}
function experts(c, d) {
 return dense_first(d, 0);
}
function shared(c, d) {
 let count, lead, width;
 count = py.method(c, "number", ["n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert"], {default: 0});
 width = py.method(c, "number", ["shared_expert_intermediate_size", "shared_intermediate_size", "moe_shared_expert_intermediate_size"], {default: 0});
 lead = py.method(c, "number", ["first_k_dense_replace", "moe_layer_start_index", "num_dense_layers"], {default: 0});
 return dense_first(biased(c, py.named(null, replace, [d], {shared_feed: py.or(width, () => py.mul(count, d.expert_feed))})), lead);
}
function qwen_moe(c, d) {
 if ((py.t(py.call(c, "get", "mlp_only_layers")) || (py.method(c, "number", ["decoder_sparse_step"], {default: 1}) !== 1))) {
  throw new ConfigError("some layers of this model are dense by 'mlp_only_layers' or 'decoder_sparse_step', which is not covered");
 }
 return shared(c, d);
}
function latent(c, d) {
 let biased, rank, rope;
 ([rank, rope] = py.iter([py.method(c, "number", ["kv_lora_rank"], {least: 1}), py.method(c, "number", ["qk_rope_head_dim"], {least: 1})]));
 biased = ((py.call(c, "get", "topk_method") === "noaux_tc") || (py.call(c, "get", "scoring_func") === "sigmoid"));
 return shared(c, py.named(null, replace, [d], {q_rank: py.method(c, "number", ["q_lora_rank"], {default: 0}), kv_rank: rank, rope: rope, key_latent: py.add(py.method(c, "number", ["qk_nope_head_dim"], {least: 1}), rope), value_latent: py.method(c, "number", ["v_head_dim"], {least: 1}), layers: py.tuple(py.made(($r) => { for (const x of py.iter(d.layers)) { $r.push(py.method(x, "_replace", [], {attention: "latent", kv_heads: 1, key: py.add(rank, rope), value: rank})); } })), features: py.bor(d.features, (py.t(biased) ? py.set(["probs_bias"]) : py.set()))}));
}
function gpt_oss(c, d) {
 return windows(c, dense_first(d, 0), 2);
}
function llama4(c, d) {
 let chunk, feed, layers, local, step, wide;
 ([step, feed] = py.iter([py.method(c, "number", ["interleave_moe_layer_step"], {default: 1, least: 1}), py.method(c, "number", ["intermediate_size"], {least: 1})]));
 wide = py.method(c, "number", ["intermediate_size_mlp"], {default: feed});
 local = py.or(c.of(py.list, "no_rope_layers"), () => py.made(($r) => { for (const i of py.iter(py.range(py.len(d.layers)))) { $r.push(py.int((py.mod(py.add(i, 1), 4) !== 0))); } }));
 if (!py.eq(py.len(local), py.len(d.layers))) {
  throw new ConfigError(`the config lists ${py.str(py.len(local))} no_rope_layers for ${py.str(py.len(d.layers))} layers`);
 }
 layers = py.made(($r) => { for (const [i, x] of py.iter(py.enumerate(d.layers))) { for (const sparse of py.iter([(py.mod(py.add(i, 1), step) === 0)])) { $r.push(py.method(x, "_replace", [], {attention: (py.t(py.at(local, i)) ? "window" : "full"), experts: sparse, feed: (py.t(sparse) ? 0 : wide)})); } } });
 chunk = py.method(c, "number", ["attention_chunk_size"], {default: 8192});
 return py.named(null, replace, [d], {window: chunk, chunked: true, expert_feed: feed, shared_feed: feed, layers: py.tuple(layers)});
}
function gemma3n(c, d) {
 let first;
 d = windows(c, d, 5);
 first = py.sub(py.len(d.layers), py.method(c, "number", ["num_kv_shared_layers"], {default: 0}));
 return py.named(null, replace, [d], {per_layer: py.method(c, "number", ["hidden_size_per_layer_input"], {least: 1}), layers: py.tuple(py.made(($r) => { for (const [i, x] of py.iter(py.enumerate(d.layers))) { $r.push(py.method(x, "_replace", [], {cached: (i < first)})); } })), extra: py.dict([["altup", py.method(c, "number", ["altup_num_inputs"], {default: 4})], ["laurel", py.method(c, "number", ["laurel_rank"], {default: 64})]])});
}
function gemma4(c, d) {
 let base, first, heads, key, late, layers;
 d = windows(c, d, 6);
 d = py.named(null, replace, [d], {layers: [...py.iter(py.slice(d.layers, null, (-1), null)), py.method(py.at(d.layers, (-1)), "_replace", [], {attention: "full"})]});
 ([base, first] = py.iter([py.at(d.layers, 0), py.sub(py.len(d.layers), py.method(c, "number", ["num_kv_shared_layers"], {default: 0}))]));
 key = py.method(c, "number", ["global_head_dim"], {default: base.key});
 heads = py.method(c, "number", ["num_global_key_value_heads"], {default: base.kv_heads});
 late = (py.t(c.flag("use_double_wide_mlp")) ? 2 : 1);
 layers = py.made(($r) => { for (const [i, x] of py.iter(py.enumerate(d.layers))) { $r.push(py.method(((x.attention === "full") ? py.method(x, "_replace", [], {key: key, value: key, kv_heads: heads}) : x), "_replace", [], {cached: (i < first), feed: py.mul(x.feed, ((i >= first) ? late : 1))})); } });
 return py.named(null, replace, [d], {layers: py.tuple(layers), per_layer: py.method(c, "number", ["hidden_size_per_layer_input"], {default: 0}), double: c.flag("attention_k_eq_v"), features: py.bor(d.features, py.set(["rope_freqs"]))});
}
function glm_moe(c, d) {
 return shared(c, py.named(null, replace, [d], {features: py.bor(d.features, (py.t(c.flag("use_qk_norm")) ? py.set(["qk_norm"]) : py.set()))}));
}
function command_r(c, d) {
 return py.named(null, replace, [d], {features: py.bor(d.features, (py.t(c.flag("use_qk_norm")) ? py.set(["qk_norm_heads"]) : py.set()))});
}
function same(c, d) {
 return d;
}
return { biased, command_r, experts, gemma3n, gemma4, glm_moe, gpt_oss, latent, llama4, phi3, qwen_moe, same, shared, window };
})();
M["gguf.hybrids"] = (() => {
let NOTHING;
const replace = py.library.dataclasses.replace;
const latent = M["gguf.architectures"].latent;
const qwen_moe = M["gguf.architectures"].qwen_moe;
const Config = M["gguf.dims"].Config;
const ConfigError = M["gguf.dims"].ConfigError;
const Dims = M["gguf.dims"].Dims;
const Layer = M["gguf.dims"].Layer;
const dense_first = M["gguf.dims"].dense_first;
NOTHING = py.made_of(Layer, [], {attention: "", feed: 0});
function kimi_linear(c, d) {
 let full, layers, linear, taps, width;
 linear = new Config(c.of(py.dict, "linear_attn_config"));
 full = py.set(linear.of(py.list, "full_attn_layers"));
 d = latent(c, d);
 layers = py.made(($r) => { for (const [i, x] of py.iter(py.named(null, py.enumerate, [d.layers], {start: 1}))) { $r.push((py.in(i, full) ? x : py.method(x, "_replace", [], {attention: "", state: "kda", kv_heads: 0}))); } });
 ([taps, width] = py.iter([py.method(linear, "number", ["short_conv_kernel_size"], {default: 4}), py.method(linear, "number", ["head_dim"], {default: 128})]));
 return py.named(null, replace, [d], {layers: py.tuple(layers), conv: taps, inner: width});
}
function delta(c, d) {
 let every, kinds, layers, size, values;
 ([size, every] = py.iter([py.len(d.layers), py.method(c, "number", ["full_attention_interval"], {default: 4, least: 1})]));
 kinds = py.or(c.kinds(size), () => py.made(($r) => { for (const i of py.iter(py.range(size))) { $r.push((py.t(py.mod(py.add(i, 1), every)) ? "linear_attention" : "full_attention")); } }));
 values = py.method(c, "number", ["linear_num_value_heads"], {least: 1});
 layers = py.made(($r) => { for (const [x, kind] of py.iter(py.named(null, py.zip, [d.layers, kinds], {strict: true}))) { $r.push(((kind === "linear_attention") ? py.method(x, "_replace", [], {attention: "", state: "delta", kv_heads: 0}) : x)); } });
 d = py.named(null, replace, [d], {layers: py.tuple(layers), conv: py.method(c, "number", ["linear_conv_kernel_dim"], {default: 4}), inner: py.mul(py.method(c, "number", ["linear_value_head_dim"], {least: 1}), values), state: py.method(c, "number", ["linear_key_head_dim"], {least: 1}), groups: py.method(c, "number", ["linear_num_key_heads"], {least: 1}), ranks: values});
 return (py.t(d.experts) ? qwen_moe(c, d) : d);
}
function mamba2(c, d) {
 let inner, ranks, width;
 ranks = py.method(c, "number", ["mamba_n_heads", "mamba_num_heads"], {least: 1});
 width = py.method(c, "number", ["mamba_d_head", "mamba_head_dim"], {default: 0});
 inner = py.or(py.method(c, "number", ["mamba_d_ssm"], {default: 0}), () => py.mul(ranks, width));
 return py.named(null, replace, [d], {conv: py.method(c, "number", ["mamba_d_conv", "conv_kernel"], {default: 4}), inner: py.or(inner, () => py.mul(py.method(c, "number", ["mamba_expand"], {least: 1}), d.embed)), ranks: ranks, state: py.method(c, "number", ["mamba_d_state", "ssm_state_size", "state_size"], {least: 1}), groups: py.method(c, "number", ["mamba_n_groups", "n_groups", "n_group"], {default: 1, least: 1})});
}
function granite_hybrid(c, d) {
 let kinds, layers, shared;
 kinds = c.kinds(py.len(d.layers));
 if ((kinds == null)) {
  throw new ConfigError("the config of a Granite hybrid needs 'layer_types'");
 }
 shared = py.method(c, "number", ["shared_intermediate_size"], {default: 0});
 d = py.named(null, replace, [d], {shared_feed: (py.t(d.experts) ? shared : 0), layers: py.tuple(py.made(($r) => { for (const x of py.iter(d.layers)) { $r.push(py.method(x, "_replace", [], {feed: (py.t(d.experts) ? 0 : py.or(shared, () => x.feed))})); } }))});
 if (!py.in("mamba", kinds)) {
  return py.named(null, replace, [d], {arch: (py.t(d.experts_used) ? "granitemoe" : "granite")});
 }
 layers = py.made(($r) => { for (const [x, kind] of py.iter(py.named(null, py.zip, [d.layers, kinds], {strict: true}))) { $r.push(((kind === "attention") ? x : py.method(x, "_replace", [], {attention: "", state: "mamba2", kv_heads: 0}))); } });
 return mamba2(c, py.named(null, replace, [d], {layers: py.tuple(layers)}));
}
function nemotron_h(c, d) {
 let base, letters, made, pattern;
 letters = py.dict([["mamba", "M"], ["linear_attention", "M"], ["moe", "E"], ["mlp", "-"]]);
 pattern = py.or(c.of(py.str, "hybrid_override_pattern"), () => py.made(($r) => { for (const kind of py.iter(py.or(c.kinds(py.len(d.layers)), () => []))) { $r.push(py.call(letters, "get", kind, "*")); } }));
 if ((!py.eq(py.len(pattern), py.len(d.layers)) || py.t(py.sub(py.set(pattern), py.set("M*-E"))))) {
  throw new ConfigError(`'hybrid_override_pattern' does not describe ${py.str(py.len(d.layers))} layers with M, *, - and E`);
 }
 base = py.at(d.layers, 0);
 made = py.dict([["M", py.method(NOTHING, "_replace", [], {state: "mamba2", heads: base.heads})], ["*", py.method(base, "_replace", [], {feed: 0, experts: false})], ["-", py.method(NOTHING, "_replace", [], {feed: base.feed})], ["E", py.method(NOTHING, "_replace", [], {experts: true})]]);
 return mamba2(c, py.named(null, replace, [d], {arch: (py.t(d.experts) ? "nemotron_h_moe" : "nemotron_h"), shared_feed: py.method(c, "number", ["moe_shared_expert_intermediate_size"], {default: 0}), latent: py.method(c, "number", ["moe_latent_size"], {default: 0}), layers: py.tuple(py.made(($r) => { for (const letter of py.iter(pattern)) { $r.push(py.at(made, letter)); } }))}));
}
function falcon_h1(c, d) {
 let layers, norm;
 norm = (py.t(c.flag("mamba_rms_norm")) ? py.set(["ssm_norm"]) : py.set());
 layers = py.tuple(py.made(($r) => { for (const x of py.iter(d.layers)) { $r.push(py.method(x, "_replace", [], {state: "mamba2"})); } }));
 return mamba2(c, py.named(null, replace, [d], {layers: layers, features: py.bor(d.features, norm)}));
}
function mamba(c, arch) {
 let embed, inner, ranks, two;
 ([embed, two] = py.iter([py.method(c, "number", ["hidden_size", "d_model"], {least: 1}), (arch === "mamba2")]));
 inner = py.or(py.method(c, "number", ["intermediate_size", "d_inner"], {default: 0}), () => py.mul(py.method(c, "number", ["expand"], {default: 2}), embed));
 ranks = (py.t(two) ? py.floordiv(inner, py.method(c, "number", ["head_dim"], {default: 64, least: 1})) : py.method(c, "number", ["time_step_rank"], {default: (-py.floordiv(embed, (-16)))}));
 return py.made_of(Dims, [arch, embed, py.mul((-py.floordiv((-py.method(c, "number", ["vocab_size"], {least: 1})), 8)), 8), py.mul([py.method(NOTHING, "_replace", [], {state: arch})], py.method(c, "number", ["num_hidden_layers", "n_layer"], {least: 1}))], {tied: py.method(c, "flag", ["tie_word_embeddings"], {default: true}), conv: py.method(c, "number", ["conv_kernel", "d_conv"], {default: 4}), inner: inner, state: py.method(c, "number", ["state_size", "d_state"], {default: (py.t(two) ? 128 : 16)}), groups: (py.t(two) ? py.method(c, "number", ["n_groups"], {default: 1, least: 1}) : 0), ranks: ranks, context: py.shl(1, 20), features: py.frozenset((py.t(two) ? py.set(["norm", "ssm_norm"]) : py.set(["norm"])))});
}
function lfm2(c, d) {
 let feed, full, kinds, layers, size, step;
 ([size, feed] = py.iter([py.len(d.layers), py.at(d.layers, 0).feed]));
 full = py.set(c.of(py.list, "full_attn_idxs"));
 kinds = py.or(c.kinds(size), () => py.made(($r) => { for (const i of py.iter(py.range(size))) { $r.push((py.in(i, full) ? "full_attention" : "conv")); } }));
 if (py.t(c.flag("block_auto_adjust_ff_dim"))) {
  step = py.method(c, "number", ["block_multiple_of"], {default: 256, least: 1});
  feed = py.int(py.mul(c.ratio("block_ffn_dim_multiplier"), py.int((py.mul(2, feed) / 3))));
  feed = py.mul(step, (-py.floordiv((-feed), step)));
 }
 layers = py.made(($r) => { for (const [x, kind] of py.iter(py.named(null, py.zip, [d.layers, kinds], {strict: true}))) { $r.push(((kind === "full_attention") ? py.method(x, "_replace", [], {feed: feed}) : py.method(x, "_replace", [], {feed: feed, attention: "", state: "conv", kv_heads: 0}))); } });
 d = py.named(null, replace, [d], {layers: py.tuple(layers), conv: py.method(c, "number", ["conv_L_cache"], {default: 3})});
 return (py.t(d.experts) ? dense_first(d, py.method(c, "number", ["num_dense_layers"], {default: 0})) : d);
}
return { NOTHING, delta, falcon_h1, granite_hybrid, kimi_linear, lfm2, mamba, mamba2, nemotron_h };
})();
M["gguf.known"] = (() => {
let ROWS, _BY_NAME, _STATE_SPACE, _SUFFIXES;
const replace = py.library.dataclasses.replace;
const of = M["gguf.architectures"];
const hybrids = M["gguf.hybrids"];
const Change = M["gguf.architectures"].Change;
const biased = M["gguf.architectures"].biased;
const experts = M["gguf.architectures"].experts;
const qwen_moe = M["gguf.architectures"].qwen_moe;
const same = M["gguf.architectures"].same;
const shared = M["gguf.architectures"].shared;
const window = M["gguf.architectures"].window;
const Config = M["gguf.dims"].Config;
const ConfigError = M["gguf.dims"].ConfigError;
const Dims = M["gguf.dims"].Dims;
const start = M["gguf.dims"].start;
const windows = M["gguf.dims"].windows;
ROWS = [["Llama IQuestCoder", "llama", "norm ffn_norm gate", biased], ["Mistral Mixtral", "llama", "norm ffn_norm gate", ((c, d) => windows(c, experts(c, d), 1))], ["Mistral3 Ministral3", "mistral3", "norm ffn_norm gate", biased], ["Llama4", "llama4", "norm ffn_norm gate", of.llama4], ["SmolLM3", "smollm3", "norm ffn_norm gate tied", biased], ["Arcee", "arcee", "norm ffn_norm", biased], ["Apertus", "apertus", "norm ffn_norm qk_norm", same], ["Qwen2", "qwen2", "norm ffn_norm gate qkv_bias", window(1)], ["Qwen2VL Qwen2_5_VL", "qwen2vl", "norm ffn_norm gate qkv_bias", window(1)], ["Qwen2Moe", "qwen2moe", "norm ffn_norm gate qkv_bias shared_gate", qwen_moe], ["Qwen3", "qwen3", "norm ffn_norm gate qk_norm", biased], ["Qwen3VL", "qwen3vl", "norm ffn_norm gate qk_norm", biased], ["Qwen3Moe", "qwen3moe", "norm ffn_norm gate qk_norm", qwen_moe], ["Qwen3VLMoe", "qwen3vlmoe", "norm ffn_norm gate qk_norm", qwen_moe], ["Qwen3Next", "qwen3next", "norm post_norm gate qk_norm gated_q shared_gate ba", hybrids.delta], ["Qwen3_5", "qwen35", "norm post_norm gate qk_norm gated_q", hybrids.delta], ["Qwen3_5Moe", "qwen35moe", "norm post_norm gate qk_norm gated_q shared_gate", hybrids.delta], ["Gemma", "gemma", "norm ffn_norm gate tied", same], ["Gemma2", "gemma2", "norm ffn_norm gate post_norm post_ffw tied", window(2)], ["Gemma3", "gemma3", "norm ffn_norm gate qk_norm post_norm post_ffw tied", window(6)], ["Gemma3n", "gemma3n", "norm ffn_norm gate qk_norm post_norm post_ffw tied", of.gemma3n], ["Gemma4 Gemma4Unified", "gemma4", "norm ffn_norm gate qk_norm post_norm post_ffw tied", of.gemma4], ["Phi3 Phi4", "phi3", "norm ffn_norm fused_qkv fused_gate", of.phi3], ["PhiMoE", "phimoe", "norm norm_bias ffn_norm gate qkv_bias o_bias out_bias", ((c, d) => experts(c, of.phi3(c, d)))], ["DeepseekV2 DeepseekV3 KimiK2 KimiK25 KimiVL Glm4MoeLite Youtu", "deepseek2", "norm ffn_norm gate", of.latent], ["KimiLinear", "kimi-linear", "norm ffn_norm gate probs_bias", hybrids.kimi_linear], ["GptOss", "gpt-oss", "norm post_norm gate qkv_bias o_bias sinks expert_bias", of.gpt_oss], ["Granite", "granite", "norm ffn_norm gate", biased], ["GraniteMoe GraniteMoeShared", "granitemoe", "norm ffn_norm gate", shared], ["GraniteMoeHybrid", "granitehybrid", "norm ffn_norm gate ssm_norm", hybrids.granite_hybrid], ["Cohere", "command-r", "norm gate tied", of.command_r], ["Cohere2", "cohere2", "norm gate tied", window(4)], ["Olmo2 Olmo3", "olmo2", "gate qk_norm_wide post_norm post_ffw", window(4)], ["Olmoe", "olmoe", "norm ffn_norm gate qk_norm_wide", experts], ["Glm4", "glm4", "norm ffn_norm fused_gate post_norm post_ffw", biased], ["Glm4Moe Glm4vMoe", "glm4moe", "norm post_norm gate probs_bias", of.glm_moe], ["SeedOss", "seed_oss", "norm post_norm gate", biased], ["Exaone4", "exaone4", "gate qk_norm post_norm post_ffw", window(4)], ["Ernie4_5 Ernie4_5_", "ernie4_5", "norm ffn_norm gate", biased], ["Ernie4_5_Moe", "ernie4_5-moe", "norm ffn_norm gate probs_bias", shared], ["HunYuanDenseV1", "hunyuan-dense", "norm ffn_norm gate qk_norm", biased], ["MiniMaxM2", "minimax-m2", "norm ffn_norm gate qk_norm_wide probs_bias", experts], ["Dots1", "dots1", "norm ffn_norm gate qk_norm probs_bias", shared], ["BailingMoeV2", "bailingmoe2", "norm ffn_norm gate qk_norm fused_qkv probs_bias", shared], ["Nemotron", "nemotron", "norm norm_bias ffn_norm", biased], ["Starcoder2", "starcoder2", "norm norm_bias ffn_norm qkv_bias o_bias feed_bias", window(1)], ["NemotronH", "nemotron_h", "norm ssm_norm probs_bias", hybrids.nemotron_h], ["FalconH1", "falcon-h1", "norm ffn_norm gate", hybrids.falcon_h1], ["Lfm2", "lfm2", "norm ffn_norm gate qk_norm tied", hybrids.lfm2], ["Lfm2Moe", "lfm2moe", "norm ffn_norm gate qk_norm tied probs_bias", hybrids.lfm2]];
_SUFFIXES = ["ForCausalLM", "ForConditionalGeneration", "TextModel", "Model", "_text"];
_BY_NAME = py.dict(py.made(($r) => { for (const row of py.iter(ROWS)) { for (const name of py.iter(py.call(py.at(row, 0), "split"))) { $r.push([py.call(py.call(name, "lower"), "replace", "_", ""), row]); } } }));
_STATE_SPACE = py.dict([["mamba", "mamba"], ["falconmamba", "mamba"], ["mambalmhead", "mamba"], ["mamba2", "mamba2"]]);
function _short(name) {
 let suffix;
 for (suffix of py.iter(_SUFFIXES)) {
  name = py.call(name, "removesuffix", suffix);
 }
 return py.call(py.call(name, "lower"), "replace", "_", "");
}
function read(config, assume = false) {
 let _, arch, c, change, made, name, names, parts, row, state;
 c = new Config(config);
 name = c.architecture;
 names = [_short(name), _short(py.str(py.or(py.call(c.fields, "get", "model_type"), () => "")))];
 if (py.t((state = py.next(py.made(($r) => { for (const n of py.iter(names)) { if (py.in(n, _STATE_SPACE)) $r.push(py.at(_STATE_SPACE, n)); } }), null)))) {
  return hybrids.mamba(c, state);
 }
 row = py.next(py.made(($r) => { for (const n of py.iter(names)) { if (py.in(n, _BY_NAME)) $r.push(py.at(_BY_NAME, n)); } }), null);
 if (((row == null) && !py.t(assume))) {
  throw new ConfigError(`the architecture ${py.str(py.or(name, () => "(the config names none)"))} is not known; known are ${py.str(py.call(", ", "join", py.sorted(py.set(py.made(($r) => { for (const row of py.iter(ROWS)) { $r.push(py.at(row, 1)); } })))))}; nothing was assumed`);
 }
 if ((row == null)) {
  py.call(c.notes, "append", `the architecture ${py.str(py.or(name, () => "(the config names none)"))} is not known: counted as a decoder like Llama (q, k, v and o, gate, up and down projections, two norms), so treat every line as a guess`);
  row = ["", "llama", "norm ffn_norm gate", ((c, d) => windows(c, (py.t(d.experts) ? experts(c, d) : d), 1))];
 }
 ([, arch, parts, change] = py.iter(row));
 made = change(c, start(c, arch, py.set(py.call(parts, "split"))));
 if (py.t(made.mtp)) {
  py.call(c.notes, "append", `${py.str(made.mtp)} layer${py.str(py.mul("s", (made.mtp > 1)))} for predicting further tokens not counted`);
 }
 return py.named(null, replace, [made], {notes: [...py.iter(made.notes), ...py.iter(c.notes)]});
}
read.$names = ["config", "assume"];
return { ROWS, _BY_NAME, _STATE_SPACE, _SUFFIXES, _short, read };
})();
M["gguf.modules"] = (() => {
let _BLOCK, _FUSED, _MIXTRAL, _OUTSIDE, _OWN, _POST, _QWEN, _REGULAR, _SANDWICH;
const Dims = M["gguf.dims"].Dims;
_OUTSIDE = py.dict([["token_embd.weight", "model.embed_tokens.weight"], ["output.weight", "lm_head.weight"], ["output.bias", "lm_head.bias"], ["output_norm.weight", "model.norm.weight"], ["output_norm.bias", "model.norm.bias"]]);
_BLOCK = py.dict([["attn_norm", "input_layernorm"], ["ffn_norm", "post_attention_layernorm"], ["attn_q", "self_attn.q_proj"], ["attn_k", "self_attn.k_proj"], ["attn_v", "self_attn.v_proj"], ["attn_qkv", "self_attn.qkv_proj"], ["attn_output", "self_attn.o_proj"], ["attn_q_norm", "self_attn.q_norm"], ["attn_k_norm", "self_attn.k_norm"], ["attn_q_a", "self_attn.q_a_proj"], ["attn_q_b", "self_attn.q_b_proj"], ["attn_q_a_norm", "self_attn.q_a_layernorm"], ["attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa"], ["attn_kv_a_norm", "self_attn.kv_a_layernorm"], ["attn_k_b", "self_attn.kv_b_proj"], ["attn_v_b", "self_attn.kv_b_proj"], ["ffn_gate", "mlp.gate_proj"], ["ffn_up", "mlp.up_proj"], ["ffn_down", "mlp.down_proj"], ["ffn_gate_inp", "mlp.gate"], ["ffn_gate_exps", "mlp.experts.{}.gate_proj"], ["ffn_up_exps", "mlp.experts.{}.up_proj"], ["ffn_down_exps", "mlp.experts.{}.down_proj"], ["ffn_gate_shexp", "mlp.shared_experts.gate_proj"], ["ffn_up_shexp", "mlp.shared_experts.up_proj"], ["ffn_down_shexp", "mlp.shared_experts.down_proj"], ["ffn_gate_inp_shexp", "mlp.shared_expert_gate"]]);
_SANDWICH = py.dict([["post_attention_norm", "post_attention_layernorm"], ["ffn_norm", "pre_feedforward_layernorm"], ["post_ffw_norm", "post_feedforward_layernorm"]]);
_MIXTRAL = py.dict([["ffn_gate_inp", "block_sparse_moe.gate"], ["ffn_gate_exps", "block_sparse_moe.experts.{}.w1"], ["ffn_up_exps", "block_sparse_moe.experts.{}.w3"], ["ffn_down_exps", "block_sparse_moe.experts.{}.w2"]]);
_QWEN = py.dict(py.made(($r) => { for (const n of py.iter(["gate", "up", "down"])) { $r.push([`ffn_${py.str(n)}_shexp`, `mlp.shared_expert.${py.str(n)}_proj`]); } }));
_FUSED = py.dict([["ffn_up", "mlp.gate_up_proj"]]);
_POST = py.dict([["post_attention_norm", "post_attention_layernorm"]]);
_OWN = py.dict([["llama", _MIXTRAL], ["gemma2", _SANDWICH], ["gemma3", _SANDWICH], ["olmo2", _SANDWICH], ["phi3", _FUSED], ["qwen2moe", _QWEN], ["seed_oss", _POST], ["glm4moe", _POST]]);
_REGULAR = py.set([...py.iter(_OWN), "qwen2", "qwen3", "qwen3moe", "mistral3", "smollm3", "gemma", "deepseek2", "granite", "command-r", "cohere2", "olmoe", "ernie4_5", "arcee"]);
function name(dims, tensor) {
 let _, found, index, kind, part, rest;
 if (!py.call(tensor, "startswith", "blk.")) {
  return py.call(_OUTSIDE, "get", tensor);
 }
 if (!py.in(dims.arch, _REGULAR)) {
  return null;
 }
 ([, index, rest] = py.iter(py.call(tensor, "split", ".", 2)));
 ([part, , kind] = py.iter(py.call(rest, "rpartition", ".")));
 found = py.call(py.bor(_BLOCK, py.call(_OWN, "get", dims.arch, py.dict([]))), "get", part);
 return py.and(found, () => `model.layers.${py.str(index)}.${py.str(found)}.${py.str(kind)}`);
}
return { _BLOCK, _FUSED, _MIXTRAL, _OUTSIDE, _OWN, _POST, _QWEN, _REGULAR, _SANDWICH, name };
})();
M["gguf.layout"] = (() => {
let _STATES;
const prod = py.library.math.prod;
const known = M["gguf.known"];
const modules = M["gguf.modules"];
const Dims = M["gguf.dims"].Dims;
const Layer = M["gguf.dims"].Layer;
class Tensor extends py.Named {
 constructor(name, shape, module = null) {
  super();
  this.name = name; this.shape = shape; this.module = module;
  this.__post_init__?.();
 }
 get size() {
  const self = this;
  return prod(self.shape);
 }
}
Tensor.$fields = ["name", "shape", "module"];
class Layout extends py.Thing {
 constructor(arch, tensors, dims) {
  super();
  this.arch = arch; this.tensors = tensors; this.dims = dims;
  this.__post_init__?.();
 }
 get size() {
  const self = this;
  return py.sum(py.made(($r) => { for (const tensor of py.iter(self.tensors)) { $r.push(tensor.size); } }));
 }
}
Layout.$fields = ["arch", "tensors", "dims"];
function read(config, assume = false) {
 return of(known.read(config, assume));
}
read.$names = ["config", "assume"];
function of(dims) {
 let block, found, index, layer;
 found = py.dict(_outside(dims));
 for ([index, layer] of py.iter(py.enumerate(dims.layers))) {
  block = py.dict(py.made(($r) => { for (const [name, shape] of py.iter(_block(dims, layer))) { $r.push([`blk.${py.str(index)}.${py.str(name)}`, shape]); } }));
  found = py.bor(found, py.dict(py.sorted(py.call(block, "items"))));
 }
 return new Layout(dims.arch, py.tuple(py.made(($r) => { for (const [n, s] of py.iter(py.call(found, "items"))) { $r.push(new Tensor(n, s, modules.name(dims, n))); } })), dims);
}
function _outside(d) {
 let altup, found, widest;
 found = py.dict([["token_embd.weight", [d.vocab, d.embed]]]);
 py.put(found, (py.in(d.arch, ["lfm2", "lfm2moe"]) ? "token_embd_norm.weight" : "output_norm.weight"), [d.embed]);
 if (!py.t(d.tied)) {
  py.put(found, "output.weight", [d.vocab, d.embed]);
 }
 if (d.has("out_bias")) {
  py.put(found, "output.bias", [d.vocab]);
 }
 if (d.has("norm_bias")) {
  py.put(found, "output_norm.bias", [d.embed]);
 }
 if (d.has("rope_freqs")) {
  widest = py.max(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(layer.key); } }));
  py.put(found, "rope_freqs.weight", [py.floordiv(((d.arch === "gemma4") ? widest : d.rope), 2)]);
 }
 if (d.has("rope_factors")) {
  { const $v = [py.floordiv(d.rope, 2)];
  py.put(found, "rope_factors_long.weight", $v);
  py.put(found, "rope_factors_short.weight", $v);
  }
 }
 if (py.t(d.per_layer)) {
  py.put(found, "per_layer_token_embd.weight", [d.vocab, py.mul(d.per_layer, py.len(d.layers))]);
  py.put(found, "per_layer_model_proj.weight", [py.mul(d.per_layer, py.len(d.layers)), d.embed]);
  py.put(found, "per_layer_proj_norm.weight", [d.per_layer]);
 }
 if (py.t((altup = py.call(d.extra, "get", "altup")))) {
  { const $v = [py.sub(altup, 1), d.embed, d.embed];
  py.put(found, "altup_proj.weight", $v);
  py.put(found, "altup_unembd_proj.weight", $v);
  }
 }
 return py.iter(py.sorted(py.call(found, "items")));
}
function* _block(d, layer) {
 if (d.has("norm")) {
  yield ["attn_norm.weight", [d.embed]];
  if (d.has("norm_bias")) {
   yield ["attn_norm.bias", [d.embed]];
  }
 }
 if ((layer.attention === "latent")) {
  yield* py.iter(_latent(d, layer));
 } else {
  if (py.t(layer.attention)) {
   yield* py.iter(_attention(d, layer));
  }
 }
 if (py.t(layer.state)) {
  yield* py.iter(py.at(_STATES, layer.state)(d, layer));
 }
 if (d.has("ffn_norm")) {
  yield [((d.arch === "falcon-h1") ? "ffn_norm" : "ffn_norm.weight"), [d.embed]];
  if (d.has("norm_bias")) {
   yield ["ffn_norm.bias", [d.embed]];
  }
 }
 if (d.has("post_norm")) {
  yield ["post_attention_norm.weight", [d.embed]];
 }
 if (d.has("post_ffw")) {
  yield ["post_ffw_norm.weight", [d.embed]];
 }
 if (py.t(layer.feed)) {
  yield* py.iter(_feed(d, layer.feed));
 }
 if (py.t(layer.experts)) {
  yield* py.iter(_experts(d, layer));
 }
 if (py.t(d.per_layer)) {
  yield* py.iter(_per_layer(d));
 }
}
function* _attention(d, layer) {
 let heads, k, out, q, reads_own, v, wide;
 ([q, k, v] = py.iter([py.mul(layer.heads, layer.key), py.mul(layer.kv_heads, layer.key), py.mul(layer.kv_heads, layer.value)]));
 ([out, reads_own] = py.iter([py.mul(layer.heads, layer.value), py.or(layer.cached, () => (d.per_layer > 0))]));
 if (d.has("fused_qkv")) {
  yield ["attn_qkv.weight", [py.add(py.add(q, k), v), d.embed]];
 } else {
  yield ["attn_q.weight", [py.mul(q, (d.has("gated_q") ? 2 : 1)), d.embed]];
  if (py.t(reads_own)) {
   yield ["attn_k.weight", [k, d.embed]];
   if (!(py.t(d.double) && (layer.attention === "full"))) {
    yield ["attn_v.weight", [v, d.embed]];
   }
  }
 }
 if (d.has("qkv_bias")) {
  yield* py.iter([["attn_q.bias", [q]], ["attn_k.bias", [k]], ["attn_v.bias", [v]]]);
 }
 yield ["attn_output.weight", [d.embed, out]];
 if (d.has("o_bias")) {
  yield ["attn_output.bias", [d.embed]];
 }
 ([wide, heads] = py.iter([d.has("qk_norm_wide"), d.has("qk_norm_heads")]));
 if ((py.t(wide) || py.t(heads) || d.has("qk_norm"))) {
  yield ["attn_q_norm.weight", (py.t(wide) ? [q] : (py.t(heads) ? [layer.heads, layer.key] : [layer.key]))];
  if (py.t(reads_own)) {
   yield ["attn_k_norm.weight", (py.t(wide) ? [k] : (py.t(heads) ? [layer.kv_heads, layer.key] : [layer.key]))];
  }
 }
 if (d.has("sinks")) {
  yield ["attn_sinks.weight", [layer.heads]];
 }
}
function* _latent(d, layer) {
 let q;
 q = py.mul(layer.heads, d.key_latent);
 if (py.t(d.q_rank)) {
  yield* py.iter([["attn_q_a.weight", [d.q_rank, d.embed]], ["attn_q_a_norm.weight", [d.q_rank]]]);
  yield ["attn_q_b.weight", [q, d.q_rank]];
 } else {
  yield ["attn_q.weight", [q, d.embed]];
 }
 yield* py.iter([["attn_kv_a_mqa.weight", [py.add(d.kv_rank, d.rope), d.embed]], ["attn_kv_a_norm.weight", [d.kv_rank]]]);
 yield ["attn_k_b.weight", [layer.heads, d.kv_rank, py.sub(d.key_latent, d.rope)]];
 yield ["attn_v_b.weight", [layer.heads, d.value_latent, d.kv_rank]];
 yield ["attn_output.weight", [d.embed, py.mul(layer.heads, d.value_latent)]];
}
function* _feed(d, width) {
 let fused;
 fused = d.has("fused_gate");
 if (d.has("gate")) {
  yield ["ffn_gate.weight", [width, d.embed]];
 }
 yield* py.iter([["ffn_up.weight", [py.mul(width, (py.t(fused) ? 2 : 1)), d.embed]], ["ffn_down.weight", [d.embed, width]]]);
 if (d.has("feed_bias")) {
  yield* py.iter([["ffn_up.bias", [width]], ["ffn_down.bias", [d.embed]]]);
  if (d.has("gate")) {
   yield ["ffn_gate.bias", [width]];
  }
 }
}
function* _experts(d, layer) {
 let gate, n, name, narrow, wide;
 ([n, wide, narrow] = py.iter([d.experts, d.expert_feed, py.or(d.latent, () => d.embed)]));
 yield ["ffn_gate_inp.weight", [n, d.embed]];
 if ((d.arch === "gemma4")) {
  yield* py.iter([["ffn_gate_up_exps.weight", [n, py.mul(2, wide), narrow]], ["ffn_down_exps.weight", [n, narrow, wide]]]);
  yield* py.iter([["ffn_gate_inp.scale", [d.embed]], ["ffn_down_exps.scale", [n]]]);
  yield* py.iter(py.made(($r) => { for (const name of py.iter(["pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"])) { $r.push([`${py.str(name)}.weight`, [d.embed]]); } }));
  return null;
 }
 gate = (d.has("gate") ? ["gate"] : []);
 for (name of py.iter([...py.iter(gate), "up"])) {
  yield [`ffn_${py.str(name)}_exps.weight`, [n, wide, narrow]];
 }
 yield ["ffn_down_exps.weight", [n, narrow, wide]];
 if (d.has("expert_bias")) {
  yield ["ffn_gate_inp.bias", [n]];
  yield* py.iter(py.made(($r) => { for (const name of py.iter(["gate", "up"])) { $r.push([`ffn_${py.str(name)}_exps.bias`, [n, wide]]); } }));
  yield ["ffn_down_exps.bias", [n, d.embed]];
 }
 if (py.t(d.latent)) {
  yield* py.iter([["ffn_latent_down.weight", [narrow, d.embed]], ["ffn_latent_up.weight", [d.embed, narrow]]]);
 }
 if (d.has("probs_bias")) {
  yield ["exp_probs_b.bias", [n]];
 }
 if (py.t(d.shared_feed)) {
  for (name of py.iter([...py.iter(gate), "up"])) {
   yield [`ffn_${py.str(name)}_shexp.weight`, [d.shared_feed, d.embed]];
  }
  yield ["ffn_down_shexp.weight", [d.embed, d.shared_feed]];
  if (d.has("shared_gate")) {
   yield ["ffn_gate_inp_shexp.weight", [d.embed]];
  }
 }
}
function* _mamba(d, layer) {
 yield* py.iter([["ssm_in.weight", [py.mul(2, d.inner), d.embed]], ["ssm_out.weight", [d.embed, d.inner]]]);
 yield* py.iter([["ssm_conv1d.weight", [d.inner, d.conv]], ["ssm_conv1d.bias", [d.inner]]]);
 yield ["ssm_x.weight", [py.add(d.ranks, py.mul(2, d.state)), d.inner]];
 yield* py.iter([["ssm_dt.weight", [d.inner, d.ranks]], ["ssm_dt.bias", [d.inner]]]);
 yield* py.iter([["ssm_a", [d.inner, d.state]], ["ssm_d", [d.inner]]]);
}
function* _mamba2(d, layer) {
 let mixed;
 mixed = py.add(d.inner, py.mul(py.mul(2, d.groups), d.state));
 yield* py.iter([["ssm_in.weight", [py.add(py.add(d.inner, mixed), d.ranks), d.embed]], ["ssm_out.weight", [d.embed, d.inner]]]);
 yield* py.iter([["ssm_conv1d.weight", [mixed, d.conv]], ["ssm_conv1d.bias", [mixed]], ["ssm_dt.bias", [d.ranks]]]);
 yield* py.iter([["ssm_a", [d.ranks, 1]], ["ssm_d", [d.ranks, 1]]]);
 if (d.has("ssm_norm")) {
  yield ["ssm_norm.weight", [d.groups, py.floordiv(d.inner, d.groups)]];
 }
}
function* _delta(d, layer) {
 let mixed;
 mixed = py.add(py.mul(py.mul(2, d.groups), d.state), d.inner);
 yield* py.iter([["attn_qkv.weight", [mixed, d.embed]], ["attn_gate.weight", [d.inner, d.embed]]]);
 yield* py.iter([["ssm_conv1d.weight", [mixed, d.conv]], ["ssm_dt.bias", [d.ranks]], ["ssm_a", [d.ranks]]]);
 if (d.has("ba")) {
  yield ["ssm_ba.weight", [py.mul(2, d.ranks), d.embed]];
 } else {
  yield* py.iter([["ssm_beta.weight", [d.ranks, d.embed]], ["ssm_alpha.weight", [d.ranks, d.embed]]]);
 }
 yield* py.iter([["ssm_norm.weight", [py.floordiv(d.inner, d.ranks)]], ["ssm_out.weight", [d.embed, d.inner]]]);
}
function* _kda(d, layer) {
 let head, name, wide;
 ([head, wide] = py.iter([d.inner, py.mul(d.inner, layer.heads)]));
 for (name of py.iter("qkv")) {
  yield [`attn_${py.str(name)}.weight`, [wide, d.embed]];
  yield [`ssm_conv1d_${py.str(name)}.weight`, [wide, 1, d.conv]];
 }
 for (name of py.iter("fg")) {
  yield* py.iter([[`ssm_${py.str(name)}_a.weight`, [head, d.embed]], [`ssm_${py.str(name)}_b.weight`, [wide, head]]]);
 }
 yield* py.iter([["ssm_beta.weight", [layer.heads, d.embed]], ["ssm_a", [layer.heads, 1]], ["ssm_dt.bias", [wide]]]);
 yield* py.iter([["ssm_norm.weight", [head]], ["attn_output.weight", [d.embed, wide]]]);
}
function* _conv(d, layer) {
 yield ["shortconv.conv.weight", [d.embed, d.conv]];
 yield* py.iter([["shortconv.in_proj.weight", [py.mul(3, d.embed), d.embed]], ["shortconv.out_proj.weight", [d.embed, d.embed]]]);
}
function* _per_layer(d) {
 let n, rank;
 yield* py.iter([["inp_gate.weight", [d.per_layer, d.embed]], ["proj.weight", [d.embed, d.per_layer]]]);
 yield ["post_norm.weight", [d.embed]];
 if (py.t((n = py.call(d.extra, "get", "altup")))) {
  rank = py.at(d.extra, "laurel");
  yield* py.iter([["altup_correct_coef.weight", [n, n]], ["altup_correct_scale.weight", [d.embed]]]);
  yield* py.iter([["altup_predict_coef.weight", [py.mul(n, n), n]], ["altup_router.weight", [n, d.embed]]]);
  yield* py.iter([["altup_router_norm.weight", [d.embed]], ["laurel_post_norm.weight", [d.embed]]]);
  yield* py.iter([["laurel_l.weight", [rank, d.embed]], ["laurel_r.weight", [d.embed, rank]]]);
 }
}
_STATES = py.dict([["mamba", _mamba], ["mamba2", _mamba2], ["delta", _delta], ["kda", _kda], ["conv", _conv]]);
return { Layout, Tensor, _STATES, _attention, _block, _conv, _delta, _experts, _feed, _kda, _latent, _mamba, _mamba2, _outside, _per_layer, of, read };
})();
M["gguf.names"] = (() => {
let EMBEDDINGS, F32, HEAD, KEPT, KEPT_BY, KINDS, WHOLE;
const re = py.library.re;
KINDS = [["attn_qkv.weight", "value"], ["attn_kv_b.weight", "value"], ["attn_v.weight", "value"], ["attn_k.weight", "key"], ["attn_q.weight", "query"], ["attn_output.weight", "attention output"], ["ffn_up", "up"], ["ffn_gate", "gate"], ["ffn_down", "down"]];
EMBEDDINGS = ["token_embd.weight", "per_layer_token_embd.weight"];
HEAD = "output.weight";
KEPT = [...py.iter(["_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel", "per_layer_model_proj"]), ...py.iter(["ssm_conv1d", "shortconv.conv.weight", "indexer.k_proj.weight", "indexer.q_proj.weight"]), ...py.iter(py.made(($r) => { for (const name of py.iter(["first", "w0", "w1", "w2", "v0", "v1", "v2", "a0", "a1", "a2", "g1", "g2"])) { $r.push(`time_mix_${py.str(name)}.weight`); } })), ...py.iter(["time_mix_decay_w1.weight", "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight", "attn_rel_b.weight"]), ...py.iter([".position_embd", "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger"]), ...py.iter(["a.rvq.codebook", "mm.a.code_embd"])];
KEPT_BY = py.dict([["glm5-next", [...py.iter(["hc_", "indexer.attn_q_b", "indexer.attn_k", "indexer.proj", "indexer_compressor_gate"]), ...py.iter(["indexer_compressor_ape", "ssm_f_a.weight", "ssm_f_b.weight", "ssm_g_a.weight", "ssm_g_b.weight"]), ...py.iter(["ssm_beta.weight", "attn_kv_a_mqa.weight", "attn_k_b.weight", "attn_v_b.weight"])]]]);
WHOLE = ["position_embd.weight", "token_types.weight"];
F32 = [...py.iter(["ffn_gate_inp.weight", "ffn_gate_inp_shexp.weight", "ssm_conv1d", "shortconv.conv.weight"]), ...py.iter(py.made(($r) => { for (const name of py.iter(["first", "w1", "w2", "decay_w1", "decay_w2", "lerp_fused"])) { $r.push(`time_mix_${py.str(name)}.weight`); } })), ...py.iter(["altup_correct_coef.weight", "altup_predict_coef.weight", ".position_embd", "indexer.proj.weight"])];
function kind_of(name) {
 if (py.eq(name, HEAD)) {
  return "head";
 }
 if (py.in(name, EMBEDDINGS)) {
  return "embedding";
 }
 return py.next(py.made(($r) => { for (const [part, kind] of py.iter(KINDS)) { if (py.in(part, name)) $r.push(kind); } }), "other");
}
function layer_of(name) {
 let found;
 found = re.match("blk\\.(\\d+)", name);
 return (py.t(found) ? py.int(py.at(found, 1)) : null);
}
function order(name) {
 let layer;
 layer = layer_of(name);
 return [((layer == null) ? (-1) : layer), py.call(name, "encode")];
}
function dimensions(shape) {
 return py.next(py.made(($r) => { for (const [i, size] of py.iter(py.enumerate(shape))) { if ((size !== 1)) $r.push(py.sub(py.len(shape), i)); } }), 1);
}
function quantizable(name, shape, arch = "") {
 if (((dimensions(shape) < 2) || !py.call(name, "endswith", "weight") || py.in(name, WHOLE))) {
  return false;
 }
 return !py.any(py.made(($r) => { for (const part of py.iter(py.add(KEPT, py.call(KEPT_BY, "get", arch, [])))) { $r.push(py.in(part, name)); } }));
}
function stored_as_f32(name, shape) {
 if (((py.len(shape) < 2) || py.call(name, "endswith", "_norm.weight") || !py.call(name, "endswith", ".weight") || py.in(name, WHOLE))) {
  return true;
 }
 return py.any(py.made(($r) => { for (const part of py.iter(F32)) { $r.push(py.in(part, name)); } }));
}
return { EMBEDDINGS, F32, HEAD, KEPT, KEPT_BY, KINDS, WHOLE, dimensions, kind_of, layer_of, order, quantizable, stored_as_f32 };
})();
M["gguf.mixes"] = (() => {
let ALL, EIGHTH, EIGHT_EXPERTS, EMBEDDINGS, FALCON, FALLBACKS, FEW_BITS, FOUR, IMATRIX_TYPES, IQ4, MIDDLE, MIXES, OUTER, SHARED, SIXTEENTH, TWO, WITHOUT;
class Where extends py.Named {
 constructor(words, holds) {
  super();
  this.words = words; this.holds = holds;
  this.__post_init__?.();
 }
}
Where.$fields = ["words", "holds"];
ALL = new Where("", ((i, n) => true));
EIGHTH = new Where("the first eighth of the layers", ((i, n) => (i < py.floordiv(n, 8))));
SIXTEENTH = new Where("the first sixteenth of the layers", ((i, n) => (i < py.floordiv(n, 16))));
TWO = new Where("the first two layers", ((i, n) => (i < 2)));
FOUR = new Where("the first four layers", ((i, n) => (i < 4)));
MIDDLE = new Where("all but the first and last eighth of the layers", ((i, n) => ((py.floordiv(n, 8) <= i) && (i < py.floordiv(py.mul(7, n), 8)))));
OUTER = new Where("the first and last eighth of the layers and every third between", ((i, n) => ((i < py.floordiv(n, 8)) || (i >= py.floordiv(py.mul(7, n), 8)) || (py.mod(py.sub(i, py.floordiv(n, 8)), 3) === 2))));
class Model extends py.Named {
 constructor(arch, layers, experts, gqa, imatrix) {
  super();
  this.arch = arch; this.layers = layers; this.experts = experts; this.gqa = gqa; this.imatrix = imatrix;
  this.__post_init__?.();
 }
 get is_70b() {
  const self = this;
  if ((self.arch === "llama")) {
   return ((self.layers === 80) && (self.gqa !== 1) && (self.experts !== 8));
  }
  return py.eq(self.layers, py.call(py.dict([["qwen2", 80], ["deci", 80], ["olmo", 80], ["jais2", 68]]), "get", self.arch));
 }
}
Model.$fields = ["arch", "layers", "experts", "gqa", "imatrix"];
class Rule extends py.Named {
 constructor(type, where = ALL, when = ((model) => true), why = "") {
  super();
  this.type = type; this.where = where; this.when = when; this.why = why;
  this.__post_init__?.();
 }
}
Rule.$fields = ["type", "where", "when", "why"];
function _shared(model) {
 return (model.gqa >= 4);
}
SHARED = "four or more query heads share it";
WITHOUT = "there is no importance matrix";
IQ4 = py.dict([["value", [new Rule("Q5_K", ALL, _shared, SHARED)]], ["down", [new Rule("Q5_K", EIGHTH, ((model) => !py.t(model.imatrix)), WITHOUT)]]]);
MIXES = py.dict([["Q4_0", py.dict([["down", [new Rule("Q4_1", EIGHTH, ((model) => model.imatrix), "there is an importance matrix")]]])], ["Q5_0", py.dict([["down", [new Rule("Q5_1", EIGHTH, ((model) => model.imatrix), "there is an importance matrix")]]])], ["Q2_K", py.dict([["value", [new Rule("Q4_K", ALL, _shared, SHARED), new Rule("Q3_K")]], ["down", [new Rule("Q3_K")]], ["attention output", [new Rule("Q3_K")]]])], ["Q2_K_S", py.dict([["value", [new Rule("Q4_K", ALL, _shared, SHARED)]], ["down", [new Rule("Q4_K", EIGHTH)]]])], ["Q3_K_M", py.dict([["value", [new Rule("Q5_K", TWO), new Rule("Q4_K")]], ["down", [new Rule("Q5_K", SIXTEENTH), new Rule("Q4_K")]], ["attention output", [new Rule("Q4_K")]]])], ["Q3_K_L", py.dict([["value", [new Rule("Q5_K")]], ["down", [new Rule("Q5_K")]], ["attention output", [new Rule("Q5_K")]]])], ["Q4_K_S", py.dict([["value", [new Rule("Q5_K", FOUR)]], ["down", [new Rule("Q5_K", EIGHTH)]]])], ["Q4_K_M", py.dict([["value", [new Rule("Q6_K", OUTER)]], ["down", [new Rule("Q6_K", OUTER)]]])], ["Q5_K_M", py.dict([["value", [new Rule("Q6_K", OUTER)]], ["down", [new Rule("Q6_K", OUTER)]]])], ["IQ4_NL", IQ4], ["IQ4_XS", IQ4], ["IQ3_XXS", py.dict([["value", [new Rule("Q4_K", ALL, _shared, SHARED), new Rule("IQ3_S", ALL, ((model) => !py.t(model.imatrix)), WITHOUT)]], ["key", [new Rule("IQ2_S")]], ["query", [new Rule("IQ2_S")]], ["down", [new Rule("Q4_K", EIGHTH, ((model) => !py.t(model.imatrix)), WITHOUT), new Rule("Q3_K", ALL, ((model) => !py.t(model.imatrix)), WITHOUT)]], ["attention output", [new Rule("IQ3_S")]]])], ["IQ3_XS", py.dict([["value", [new Rule("Q4_K", ALL, _shared, SHARED)]], ["key", [new Rule("IQ3_XXS")]], ["query", [new Rule("IQ3_XXS")]], ["gate", [new Rule("IQ3_XXS", MIDDLE)]], ["up", [new Rule("IQ3_XXS", MIDDLE)]]])], ["IQ3_S", py.dict([["value", [new Rule("Q4_K", ALL, _shared, SHARED)]]])], ["IQ3_M", py.dict([["value", [new Rule("Q4_K")]], ["down", [new Rule("Q4_K", EIGHTH), new Rule("Q4_K", OUTER, ((model) => (model.experts === 8)), "eight experts")]], ["attention output", [new Rule("Q4_K")]]])]]);
FALCON = py.dict([[["Q3_K_M", "down"], [new Rule("Q5_K", SIXTEENTH), new Rule("Q4_K", OUTER)]], [["Q3_K_L", "down"], [new Rule("Q4_K")]], [["Q3_K_L", "attention output"], [new Rule("Q4_K")]], [["Q4_K_S", "down"], []], [["Q4_K_M", "down"], [new Rule("Q6_K", SIXTEENTH), new Rule("Q5_K", OUTER)]]]);
function _few_bits(small, output) {
 return py.dict([["value", [new Rule("Q4_K", ALL, ((model) => ((model.gqa >= 4) || (model.experts >= 4))), "it is small beside the rest"), new Rule(small)]], ["key", [new Rule("Q4_K", ALL, ((model) => (model.experts === 8)), "eight experts")]], ["down", [new Rule(small, EIGHTH)]], ["attention output", [new Rule("Q5_K", ALL, ((model) => (model.experts === 8)), "eight experts"), ...py.iter((py.t(output) ? [new Rule(output)] : []))]]]);
}
FEW_BITS = py.dict([["IQ1_S", _few_bits("Q2_K", "IQ2_XXS")], ["IQ1_M", _few_bits("Q2_K", "IQ2_XXS")], ["IQ2_XXS", _few_bits("Q2_K", null)], ["IQ2_XS", _few_bits("Q2_K", null)], ["IQ2_S", _few_bits("IQ3_S", "IQ3_S")], ["IQ2_M", _few_bits("IQ3_S", "IQ3_S")]]);
EMBEDDINGS = py.call(py.dict, "fromkeys", ["IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS"], "Q2_K");
EMBEDDINGS = py.bor(EMBEDDINGS, py.call(py.dict, "fromkeys", ["IQ2_S", "IQ2_M", "IQ3_XXS"], "IQ3_S"));
EMBEDDINGS = py.bor(EMBEDDINGS, py.call(py.dict, "fromkeys", ["TQ1_0", "TQ2_0", "Q2_0"], "Q4_K"));
EIGHT_EXPERTS = py.set(["Q2_K", "Q3_K_S", "Q3_K_M", "Q4_K_S", "Q4_K_M"]);
EIGHT_EXPERTS = py.bor(EIGHT_EXPERTS, py.set(["IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M", "IQ4_NL", "IQ4_XS"]));
FALLBACKS = py.dict([["Q2_0", "Q4_0"], ["Q2_K", "Q4_0"], ["Q3_K", "Q4_0"], ["TQ1_0", "Q4_0"], ["TQ2_0", "Q4_0"]]);
FALLBACKS = py.bor(FALLBACKS, py.dict([["Q4_K", "Q5_0"], ["Q5_K", "Q5_1"], ["Q6_K", "Q8_0"]]));
FALLBACKS = py.bor(FALLBACKS, py.call(py.dict, "fromkeys", ["IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_XS"], "IQ4_NL"));
IMATRIX_TYPES = py.set(["IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS"]);
return { ALL, EIGHTH, EIGHT_EXPERTS, EMBEDDINGS, FALCON, FALLBACKS, FEW_BITS, FOUR, IMATRIX_TYPES, IQ4, MIDDLE, MIXES, Model, OUTER, Rule, SHARED, SIXTEENTH, TWO, WITHOUT, Where, _few_bits, _shared };
})();
M["gguf.mix"] = (() => {
let ALIASES, FILE_TYPES, WORDS;
const Counter = py.library.collections.Counter;
const prod = py.library.math.prod;
const UserError = M["errors"].UserError;
const EIGHT_EXPERTS = M["gguf.mixes"].EIGHT_EXPERTS;
const EMBEDDINGS = M["gguf.mixes"].EMBEDDINGS;
const FALCON = M["gguf.mixes"].FALCON;
const FALLBACKS = M["gguf.mixes"].FALLBACKS;
const FEW_BITS = M["gguf.mixes"].FEW_BITS;
const IMATRIX_TYPES = M["gguf.mixes"].IMATRIX_TYPES;
const MIXES = M["gguf.mixes"].MIXES;
const Model = M["gguf.mixes"].Model;
const Rule = M["gguf.mixes"].Rule;
const EMBEDDING_NAMES = M["gguf.names"].EMBEDDINGS;
const HEAD = M["gguf.names"].HEAD;
const dimensions = M["gguf.names"].dimensions;
const kind_of = M["gguf.names"].kind_of;
const layer_of = M["gguf.names"].layer_of;
const order = M["gguf.names"].order;
const quantizable = M["gguf.names"].quantizable;
const stored_as_f32 = M["gguf.names"].stored_as_f32;
const TYPES = M["gguf.types"].TYPES;
const Type = M["gguf.types"].Type;
WORDS = py.dict([["head", "output head"], ["embedding", "token embeddings"], ["value", "attention value"], ["key", "attention key"], ["query", "attention query"], ["attention output", "attention output"], ["up", "feed-forward up"], ["gate", "feed-forward gate"], ["down", "feed-forward down"], ["other", "this tensor"]]);
class FileType extends py.Named {
 constructor(id, base) {
  super();
  this.id = id; this.base = base;
  this.__post_init__?.();
 }
}
FileType.$fields = ["id", "base"];
FILE_TYPES = py.dict(py.made(($r) => { for (const [name, number, base] of py.iter([["F32", 0, "F32"], ["F16", 1, "F16"], ["BF16", 32, "BF16"], ["Q4_0", 2, "Q4_0"], ["Q4_1", 3, "Q4_1"], ["Q5_0", 8, "Q5_0"], ["Q5_1", 9, "Q5_1"], ["Q8_0", 7, "Q8_0"], ["Q2_K", 10, "Q2_K"], ["Q2_K_S", 21, "Q2_K"], ["Q3_K_S", 11, "Q3_K"], ["Q3_K_M", 12, "Q3_K"], ["Q3_K_L", 13, "Q3_K"], ["Q4_K_S", 14, "Q4_K"], ["Q4_K_M", 15, "Q4_K"], ["Q5_K_S", 16, "Q5_K"], ["Q5_K_M", 17, "Q5_K"], ["Q6_K", 18, "Q6_K"], ["IQ1_S", 24, "IQ1_S"], ["IQ1_M", 31, "IQ1_M"], ["IQ2_XXS", 19, "IQ2_XXS"], ["IQ2_XS", 20, "IQ2_XS"], ["IQ2_S", 28, "IQ2_XS"], ["IQ2_M", 29, "IQ2_S"], ["IQ3_XXS", 23, "IQ3_XXS"], ["IQ3_XS", 22, "IQ3_S"], ["IQ3_S", 26, "IQ3_S"], ["IQ3_M", 27, "IQ3_S"], ["IQ4_NL", 25, "IQ4_NL"], ["IQ4_XS", 30, "IQ4_XS"], ["TQ1_0", 36, "TQ1_0"], ["TQ2_0", 37, "TQ2_0"], ["Q1_0", 40, "Q1_0"], ["Q2_0", 41, "Q2_0"], ["MXFP4_MOE", 38, "MXFP4"]])) { $r.push([name, new FileType(number, py.at(TYPES, base))]); } }));
ALIASES = py.dict([["Q3_K", "Q3_K_M"], ["Q4_K", "Q4_K_M"], ["Q5_K", "Q5_K_M"]]);
class Choice extends py.Named {
 constructor(type, reason, wanted) {
  super();
  this.type = type; this.reason = reason; this.wanted = wanted;
  this.__post_init__?.();
 }
 get fell_back() {
  const self = this;
  return !py.eq(self.type, self.wanted);
 }
}
Choice.$fields = ["type", "reason", "wanted"];
function file_type(text) {
 let known, name;
 name = py.call(py.call(text, "upper"), "replace", "-", "_");
 name = py.call(ALIASES, "get", name, name);
 if (!py.in(name, FILE_TYPES)) {
  known = py.call(", ", "join", py.made(($r) => { for (const name of py.iter(FILE_TYPES)) { $r.push(py.call(name, "lower")); } }));
  throw new UserError(`${py.repr(text)} is no GGUF file type; known: ${py.str(known)}`);
 }
 return name;
}
function facts(metadata) {
 let arch, found, heads, shared;
 arch = py.call(metadata, "get", "general.architecture");
 function number(key) {
  let value;
  value = py.call(metadata, "get", `${py.str(arch)}.${py.str(key)}`);
  value = ((py.isinstance(value, py.list) && py.t(value)) ? py.at(value, 0) : value);
  return (py.isinstance(value, py.int) ? value : null);
 }
 number.$names = ["key"];
 found = py.dict([["n_expert", number("expert_count")], ["n_layer", number("block_count")]]);
 ([heads, shared] = py.iter([number("attention.head_count"), number("attention.head_count_kv")]));
 if ((heads != null)) {
  shared = ((shared == null) ? heads : shared);
  py.put(found, "n_gqa", (py.t(shared) ? py.floordiv(heads, shared) : 0));
 }
 return py.dict(py.made(($r) => { for (const [key, value] of py.iter(py.call(found, "items"))) { if ((value != null)) $r.push([key, value]); } }));
}
function choose(tensors, file_type, arch, imatrix = false, pure = false, n_expert = 0, n_gqa = 1, n_layer = null, source = "F16") {
 let base, chosen, name, reason, rules, shape, wanted;
 tensors = py.list(tensors);
 base = py.at(FILE_TYPES, file_type).base;
 if ((n_layer == null)) {
  n_layer = py.add(1, py.named(null, py.max, [py.made(($r) => { for (const [name, ] of py.iter(tensors)) { $r.push(py.or(layer_of(name), () => 0)); } })], {default: 0}));
 }
 if (py.in(base.name, ["F32", "F16", "BF16"])) {
  source = base.name;
 }
 rules = new _Rules(file_type, new Model(arch, n_layer, n_expert, n_gqa, imatrix), py.made(($r) => { for (const [name, ] of py.iter(tensors)) { $r.push(name); } }));
 chosen = py.dict([]);
 for ([name, shape] of py.iter(py.named(null, py.sorted, [tensors], {key: ((tensor) => order(py.at(tensor, 0)))}))) {
  if (!py.t(quantizable(name, shape, arch))) {
   py.put(chosen, name, _kept(name, shape, source));
  } else {
   if ((base.block === 1)) {
    py.put(chosen, name, new Choice(base, `${py.str(file_type)} keeps every matrix as it is`, base));
   } else {
    if (py.t(pure)) {
     py.put(chosen, name, _fitting(base, py.at(shape, (-1)), `base type of ${py.str(file_type)}, by request for all`));
    } else {
     ([wanted, reason] = py.iter(rules.choose(name, shape)));
     py.put(chosen, name, _fitting(wanted, py.at(shape, (-1)), reason));
    }
   }
  }
 }
 return py.dict(py.made(($r) => { for (const [name, ] of py.iter(tensors)) { $r.push([name, py.at(chosen, name)]); } }));
}
choose.$names = ["tensors", "file_type", "arch", "imatrix", "pure", "n_expert", "n_gqa", "n_layer", "source"];
function bytes_of(choices, tensors, alignment = 1) {
 let sizes;
 sizes = py.made(($r) => { for (const [name, shape] of py.iter(tensors)) { $r.push(py.mul(py.at(choices, name).type.row_bytes(py.at(shape, (-1))), prod(py.slice(shape, null, (-1), null)))); } });
 return py.sum(py.made(($r) => { for (const size of py.iter(sizes)) { $r.push(py.mul((-py.floordiv((-size), alignment)), alignment)); } }));
}
function needs_imatrix(choices, file_type) {
 let spared, types;
 types = py.bor(IMATRIX_TYPES, ((file_type === "Q2_K_S") ? py.set(["Q2_K"]) : py.set()));
 spared = [...py.iter(EMBEDDING_NAMES), HEAD];
 return py.made(($r) => { for (const [name, choice] of py.iter(py.call(choices, "items"))) { if ((py.in(choice.type.name, types) && !py.in(name, spared))) $r.push(name); } });
}
class _Rules extends py.Thing {
 __init__(file_type, model, names) {
  const self = this;
  ([self.file_type, self.model] = py.iter([file_type, model]));
  self.base = py.at(FILE_TYPES, file_type).base;
  self.tied = !py.in(HEAD, names);
  self.values = py.sum(py.made(($r) => { for (const name of py.iter(names)) { $r.push((kind_of(name) === "value")); } }));
  self.seen = new Counter();
 }
 choose(name, shape) {
  const self = this;
  let expert, kind, model, wanted;
  ([kind, model] = py.iter([kind_of(name), self.model]));
  if (((model.arch === "glm5-next") && py.any(py.made(($r) => { for (const part of py.iter(["attn_q_a", "attn_q_b", "nextn.eh_proj"])) { $r.push(py.in(part, name)); } })))) {
   return [py.at(TYPES, "Q8_0"), "never below 8 bits in this architecture"];
  }
  if (((kind === "head") || ((kind === "embedding") && py.t(self.tied)))) {
   return self._head(kind, py.at(shape, (-1)));
  }
  if ((self.file_type === "MXFP4_MOE")) {
   expert = ((dimensions(shape) > 2) && ((model.arch !== "bailingmoe3") || py.in(kind, ["up", "gate", "down"])));
   return (py.t(expert) ? [py.at(TYPES, "MXFP4"), "experts"] : [py.at(TYPES, "Q8_0"), "8 bits for all but experts"]);
  }
  if ((kind === "embedding")) {
   wanted = py.call(EMBEDDINGS, "get", self.file_type, self.base.name);
   return [py.at(TYPES, wanted), self._words(kind, wanted)];
  }
  return self._layer(kind, name);
 }
 _head(kind, width) {
  const self = this;
  let few, mixes, wanted, what;
  what = py.add(py.at(WORDS, kind), ((kind === "embedding") ? ", the output head as well" : ""));
  if (((self.file_type === "MXFP4_MOE") || (self.base.name === "Q8_0"))) {
   return [py.at(TYPES, "Q8_0"), `${py.str(what)}: 8 bits`];
  }
  if (((self.model.arch === "falcon") || py.t(py.mod(width, self.base.block)))) {
   return [py.at(TYPES, "Q8_0"), `${py.str(what)}: 8 bits, as its rows of ${py.str(width)} do not fit ${py.str(self.base.name)}`];
  }
  few = (py.in(self.file_type, FEW_BITS) || (self.file_type === "IQ3_XXS"));
  ([wanted, mixes] = py.iter((py.t(few) ? ["Q5_K", "of about three bits or less"] : ["Q6_K", "of the larger sizes"])));
  return [py.at(TYPES, wanted), `${py.str(what)}: ${py.str(wanted)} in mixes ${py.str(mixes)}`];
 }
 _layer(kind, name) {
  const self = this;
  let few, i, model, n, parsed, rule, rules, wanted;
  ([model, few] = py.iter([self.model, py.in(self.file_type, FEW_BITS)]));
  rules = py.call(py.call((py.t(few) ? FEW_BITS : MIXES), "get", self.file_type, py.dict([])), "get", kind, []);
  if (((model.arch === "falcon") && !py.t(few))) {
   rules = py.call(FALCON, "get", [self.file_type, kind], ((kind === "attention output") ? [] : rules));
  }
  if (((model.experts === 8) && !py.t(few))) {
   if (py.in(kind, ["value", "key"])) {
    py.put(self.seen, kind, py.add(py.at(self.seen, kind), 1));
    return [py.at(TYPES, "Q8_0"), `${py.str(py.at(WORDS, kind))}: 8 bits beside eight experts, where it is small`];
   }
   if (((kind === "attention output") && (model.arch !== "falcon"))) {
    rules = (py.in(self.file_type, EIGHT_EXPERTS) ? [py.made_of(Rule, ["Q5_K"], {why: "eight experts"})] : []);
   }
  }
  parsed = ((model.experts > 1) && !py.t(few) && py.in(kind, ["down", "gate", "up"]));
  ([i, n] = py.iter([(py.t(parsed) ? py.or(layer_of(name), () => 0) : py.at(self.seen, kind)), model.layers]));
  if ((kind === "value")) {
   n = self.values;
  }
  py.put(self.seen, kind, py.add(py.at(self.seen, kind), 1));
  rule = py.next(py.made(($r) => { for (const rule of py.iter(rules)) { if ((py.t(rule.when(model)) && py.t(rule.where.holds(i, n)))) $r.push(rule); } }), null);
  wanted = (py.t(rule) ? rule.type : self.base.name);
  if (((kind === "value") && !py.t(few) && py.t(model.is_70b) && py.in(wanted, ["Q3_K", "Q4_K"]))) {
   return [py.at(TYPES, "Q5_K"), "attention value of a 70B model, which eight query heads share: more bits"];
  }
  return [py.at(TYPES, wanted), self._words(kind, wanted, rule)];
 }
 _words(kind, wanted, rule = null) {
  const self = this;
  let more, where, why;
  if (py.eq(wanted, self.base.name)) {
   return `base type of ${py.str(self.file_type)}`;
  }
  more = ((py.at(TYPES, wanted).bits > self.base.bits) ? "more" : "fewer");
  if (py.eq(py.at(TYPES, wanted).bits, self.base.bits)) {
   more = "as many";
  }
  where = ((py.t(rule) && py.t(rule.where.words)) ? ` in ${py.str(rule.where.words)}` : "");
  why = ((py.t(rule) && py.t(rule.why)) ? ` (${py.str(rule.why)})` : "");
  return `${py.str(py.at(WORDS, kind))}, ${py.str(more)} bits${py.str(where)}${py.str(why)}`;
 }
}
_Rules.prototype.choose.$names = ["name", "shape"];
function _kept(name, shape, source) {
 let what;
 if (py.t(stored_as_f32(name, shape))) {
  what = ((dimensions(shape) < 2) ? "a vector" : "small and sensitive");
  return new Choice(py.at(TYPES, "F32"), `${py.str(what)}: always 32 bits`, py.at(TYPES, "F32"));
 }
 return new Choice(py.at(TYPES, source), "small and sensitive: not quantized", py.at(TYPES, source));
}
function _fitting(wanted, width, reason) {
 let kind, words;
 if ((py.mod(width, wanted.block) === 0)) {
  return new Choice(wanted, reason, wanted);
 }
 kind = py.at(TYPES, py.call(FALLBACKS, "get", wanted.name, wanted.name));
 if (py.t(py.mod(width, kind.block))) {
  kind = py.at(TYPES, "F16");
 }
 words = `rows of ${py.str(width)} are no multiple of ${py.str(wanted.block)}: ${py.str(kind.name)} in place of ${py.str(wanted.name)}`;
 return new Choice(kind, `${py.str(words)} (${py.str(reason)})`, wanted);
}
return { ALIASES, Choice, FILE_TYPES, FileType, WORDS, _Rules, _fitting, _kept, bytes_of, choose, facts, file_type, needs_imatrix };
})();
M["gguf.reader"] = (() => {
let CHUNK, MAX_HEADER, MAX_KEPT, MAX_STRING, MAX_STRINGS;
const struct = py.library.struct;
const UserError = M["errors"].UserError;
MAX_HEADER = py.shl(256, 20);
MAX_STRING = py.shl(16, 20);
MAX_KEPT = py.shl(64, 20);
MAX_STRINGS = py.shl(1, 21);
CHUNK = py.shl(256, 10);
class Incomplete extends UserError {
 __init__(message, needed) {
  const self = this;
  super.__init__(message);
  self.needed = needed;
 }
}
function plain(text) {
 text = py.str(text);
 if (py.t(py.call(text, "isprintable"))) {
  return text;
 }
 return py.call("", "join", py.made(($r) => { for (const c of py.iter(text)) { $r.push((py.t(py.call(c, "isprintable")) ? c : py.call(py.call(c, "encode", "unicode_escape"), "decode"))); } }));
}
class Reader extends py.Thing {
 __init__(stream, size, name) {
  const self = this;
  ([self.stream, self.size, self.file] = py.iter([stream, size, name]));
  ([self._chunk, self._start, self._at] = py.iter([py.bytes(""), 0, 0]));
  self._kept = self._strings = 0;
 }
 get place() {
  const self = this;
  return py.add(self._start, self._at);
 }
 damage(what) {
  const self = this;
  return new UserError(`${py.str(self.file)}: damaged: ${py.str(what)}; download it again`);
 }
 peek(n) {
  const self = this;
  let part, parts, wanted;
  if ((py.add(self._at, n) > py.len(self._chunk))) {
   ([self._start, self._at] = py.iter([self.place, 0]));
   self.stream.seek(self._start);
   ([wanted, parts] = py.iter([py.min(py.max(n, CHUNK), py.sub(self.size, self._start)), []]));
   while (((wanted > 0) && py.t((part = py.call(self.stream, "read", wanted))))) {
    py.call(parts, "append", part);
    wanted = py.sub(wanted, py.len(part));
   }
   self._chunk = py.call(py.bytes(""), "join", parts);
  }
  return py.slice(self._chunk, self._at, py.add(self._at, n), null);
 }
 need(n, what) {
  const self = this;
  if ((py.add(self.place, n) > self.size)) {
   throw new UserError(`${py.str(self.file)}: truncated or damaged: ${py.str(what)} needs ${py.format(n, ",")} bytes at ${py.format(self.place, ",")}, and the file ends at ${py.format(self.size, ",")}; download it again`);
  }
  if ((py.add(self.place, n) > MAX_HEADER)) {
   throw self.damage(`its header is longer than ${py.format(MAX_HEADER, ",")} bytes`);
  }
 }
 take(n, what = "the header") {
  const self = this;
  let end, octets;
  self.need(n, what);
  octets = self.peek(n);
  if ((py.len(octets) < n)) {
   end = py.add(self.place, n);
   throw new Incomplete(`${py.str(self.file)}: ${py.str(what)} goes to byte ${py.format(end, ",")}; only its first bytes were given`, end);
  }
  self._at = py.add(self._at, n);
  return octets;
 }
 skip(n, what) {
  const self = this;
  self.need(n, what);
  if ((py.add(self._at, n) <= py.len(self._chunk))) {
   self._at = py.add(self._at, n);
  } else {
   ([self._start, self._chunk, self._at] = py.iter([py.add(self.place, n), py.bytes(""), 0]));
  }
 }
 scalar(code, what = "the header") {
  const self = this;
  return py.at(struct.unpack(code, self.take(struct.calcsize(code), what)), 0);
 }
 name(most, what) {
  const self = this;
  let length;
  length = self.scalar("<Q", what);
  if (!((0 < length) && (length <= most))) {
   throw self.damage(`${py.str(what)} has ${py.format(length, ",")} bytes`);
  }
  self.keep(length);
  try {
   return py.call(self.take(length, what), "decode");
  } catch ($e) {
   if ($e instanceof py.UnicodeDecodeError) {
    throw self.damage(`${py.str(what)} is not text`);
   } else
   throw $e;
  }
 }
 text(what) {
  const self = this;
  let length;
  length = self.scalar("<Q", what);
  if ((length > MAX_STRING)) {
   throw self.damage(`${py.str(what)} would be a string of ${py.format(length, ",")} bytes`);
  }
  self.keep(length);
  return py.call(self.take(length, what), "decode", new py.Words({errors: "backslashreplace"}));
 }
 keep(length) {
  const self = this;
  self._kept = py.add(self._kept, py.add(64, length));
  if ((self._kept > MAX_KEPT)) {
   throw self.damage(`its names and values take more than ${py.format(MAX_KEPT, ",")} bytes`);
  }
 }
 count(strings) {
  const self = this;
  self._strings = py.add(self._strings, strings);
  if ((self._strings > MAX_STRINGS)) {
   throw self.damage(`its metadata holds more than ${py.format(MAX_STRINGS, ",")} strings`);
  }
 }
 skip_strings(count, what) {
  const self = this;
  let at, chunk, end, length_at;
  length_at = struct.Struct("<Q").unpack_from;
  while (py.t(count)) {
   self.need(8, what);
   chunk = self.peek(CHUNK);
   ([at, end] = py.iter([0, py.sub(py.len(chunk), 8)]));
   if ((end < 0)) {
    self.take(8, what);
   }
   while ((py.t(count) && (at <= end))) {
    at = py.add(at, py.add(8, py.at(length_at(chunk, at), 0)));
    count = py.sub(count, 1);
   }
   self.skip(at, what);
  }
 }
}
return { CHUNK, Incomplete, MAX_HEADER, MAX_KEPT, MAX_STRING, MAX_STRINGS, Reader, plain };
})();
M["gguf.header"] = (() => {
let ARRAY, GONE, KEEP, LEAST, MAX_ALIGNMENT, MAX_DEPTH, MAX_KEY, MAX_KEYS, MAX_NAME, MAX_TENSORS, SCALARS, STRANGERS, STRING;
const struct = py.library.struct;
const pairwise = py.library.itertools.pairwise;
const prod = py.library.math.prod;
const Path = py.library.pathlib.Path;
const UserError = M["errors"].UserError;
const Reader = M["gguf.reader"].Reader;
const plain = M["gguf.reader"].plain;
const BY_ID = M["gguf.types"].BY_ID;
const Type = M["gguf.types"].Type;
KEEP = 1024;
MAX_KEYS = 65536;
MAX_TENSORS = 131072;
MAX_NAME = 255;
MAX_KEY = 65535;
MAX_ALIGNMENT = py.shl(1, 20);
MAX_DEPTH = 4;
SCALARS = py.dict([[0, ["u8", "<B"]], [1, ["i8", "<b"]], [2, ["u16", "<H"]], [3, ["i16", "<h"]], [4, ["u32", "<I"]], [5, ["i32", "<i"]], [6, ["f32", "<f"]], [7, ["bool", "<B"]], [10, ["u64", "<Q"]], [11, ["i64", "<q"]], [12, ["f64", "<d"]]]);
([STRING, ARRAY] = py.iter([8, 9]));
LEAST = py.bor(py.dict([[STRING, 8], [ARRAY, 12]]), py.dict(py.made(($r) => { for (const [kind, [, code]] of py.iter(py.call(SCALARS, "items"))) { $r.push([kind, struct.calcsize(code)]); } })));
GONE = py.dict([[4, "Q4_2"], [5, "Q4_3"], [31, "Q4_0_4_4"], [32, "Q4_0_4_8"], [33, "Q4_0_8_8"], [36, "IQ4_NL_4_4"]]);
STRANGERS = py.dict([[py.bytes("version https://git-lfs"), "a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"], [py.bytes("<!"), "a web page, not a model; the download link needs a login or has moved"], [py.bytes("<h"), "a web page, not a model; the download link needs a login or has moved"], [py.bytes("PK"), "a zip archive (a PyTorch checkpoint?), not a GGUF file"], [py.bytes("tjgg"), "a GGML file of 2023 (ggjt), from before GGUF; get the model as GGUF"], [py.bytes("lmgg"), "a GGML file of 2023, from before GGUF; get the model as GGUF"], [py.bytes("fmgg"), "a GGML file of 2023 (ggmf), from before GGUF; get the model as GGUF"], [py.bytes("FUGG"), "a big-endian GGUF file; convert it with gguf_convert_endian.py of llama.cpp"]]);
class Array extends py.List {
 __init__(kind, total) {
  const self = this;
  super.__init__();
  ([self.kind, self.total] = py.iter([kind, total]));
 }
}
class TensorInfo extends py.Named {
 constructor(name, shape, type, offset) {
  super();
  this.name = name; this.shape = shape; this.type = type; this.offset = offset;
  this.__post_init__?.();
 }
 get weights() {
  const self = this;
  return prod(self.shape);
 }
 get nbytes() {
  const self = this;
  return py.mul(py.floordiv(self.weights, self.type.block), self.type.size);
 }
}
TensorInfo.$fields = ["name", "shape", "type", "offset"];
class Header extends py.Thing {
 constructor(version, metadata, tensors, data_start, size, alignment = 32) {
  super();
  this.version = version; this.metadata = metadata; this.tensors = tensors; this.data_start = data_start; this.size = size; this.alignment = alignment;
  this.__post_init__?.();
 }
 get arch() {
  const self = this;
  let value;
  value = py.call(self.metadata, "get", "general.architecture");
  return (py.isinstance(value, py.str) ? value : "");
 }
}
Header.$fields = ["version", "metadata", "tensors", "data_start", "size", "alignment"];
const read = () => py.absent("read");
function parse(stream, size, name = "this file") {
 let alignment, count, i, infos, key, keys, least, metadata, most, reader, start, tensors, version, what;
 reader = new Reader(stream, size, name);
 version = _version(reader);
 ([tensors, keys] = py.iter([reader.scalar("<Q"), reader.scalar("<Q")]));
 for ([count, what, most, least] of py.iter([[tensors, "tensors", MAX_TENSORS, 24], [keys, "metadata entries", MAX_KEYS, 13]])) {
  if (((count > most) || (py.mul(count, least) > size))) {
   throw reader.damage(`an absurd count: ${py.format(count, ",")} ${py.str(what)} in ${py.format(size, ",")} bytes`);
  }
 }
 metadata = py.dict([]);
 for (i of py.iter(py.range(keys))) {
  key = reader.name(MAX_KEY, `the key of metadata entry ${py.str(i)}`);
  if (py.in(key, metadata)) {
   throw reader.damage(`metadata key ${py.str(plain(key))} appears twice`);
  }
  py.put(metadata, key, _value(reader, reader.scalar("<I"), key));
 }
 alignment = py.call(metadata, "get", "general.alignment", 32);
 if (((py.type(alignment) !== py.int) || !((0 < alignment) && (alignment <= MAX_ALIGNMENT)) || py.t(py.band(alignment, py.sub(alignment, 1))))) {
  throw reader.damage(`general.alignment is ${py.str(plain(alignment))}, which is no power of two`);
 }
 infos = py.made(($r) => { for (const i of py.iter(py.range(tensors))) { $r.push(_tensor(reader, i, alignment)); } });
 start = (py.t(infos) ? py.mul((-py.floordiv((-reader.place), alignment)), alignment) : reader.place);
 _check_places(reader, infos, start);
 return new Header(version, metadata, infos, start, size, alignment);
}
parse.$names = ["stream", "size", "name"];
function _version(reader) {
 let first, magic, shown, version, what;
 first = reader.peek(24);
 if (!py.call(first, "startswith", py.bytes("GGUF"))) {
  for ([magic, what] of py.iter(py.call(STRANGERS, "items"))) {
   if (py.call(first, "startswith", magic)) {
    throw new UserError(`${py.str(reader.file)}: ${py.str(what)}`);
   }
  }
  if (!py.t(py.call(first, "strip", py.bytes("\u0000")))) {
   throw new UserError(`${py.str(reader.file)}: empty or all zeros: the download did not finish; download it again`);
  }
  shown = plain(py.call(py.slice(first, null, 4, null), "decode", "latin-1"));
  throw new UserError(`${py.str(reader.file)}: not a GGUF file: it starts with '${py.str(shown)}', not with 'GGUF'`);
 }
 reader.take(4);
 version = reader.scalar("<I");
 if ((py.t(version) && !py.t(py.band(version, 65535)))) {
  throw new UserError(`${py.str(reader.file)}: ${py.str(py.at(STRANGERS, py.bytes("FUGG")))}`);
 }
 if ((version === 1)) {
  throw new UserError(`${py.str(reader.file)}: GGUF version 1 of August 2023; no program reads it now, get a newer file`);
 }
 if (!py.in(version, [2, 3])) {
  throw reader.damage(`GGUF version ${py.format(version, ",")}; this program reads 2 and 3`);
 }
 return version;
}
function _value(reader, kind, key, depth = 0) {
 let code, name, value, what;
 what = `the value of ${py.str(plain(key))}`;
 if (py.eq(kind, STRING)) {
  return reader.text(what);
 }
 if (py.eq(kind, ARRAY)) {
  return _array(reader, key, depth);
 }
 if (!py.in(kind, SCALARS)) {
  throw reader.damage(`${py.str(what)} has unknown type ${py.format(kind, ",")}`);
 }
 ([name, code] = py.iter(py.at(SCALARS, kind)));
 value = reader.scalar(code, what);
 if ((name === "bool")) {
  if ((value > 1)) {
   throw reader.damage(`${py.str(what)} is a bool of ${py.str(value)}`);
  }
  return py.bool(value);
 }
 return value;
}
function _array(reader, key, depth) {
 let array, code, count, element, i, kept, kind, size, what;
 what = `the array ${py.str(plain(key))}`;
 ([kind, count] = py.iter([reader.scalar("<I", what), reader.scalar("<Q", what)]));
 if (!py.in(kind, LEAST)) {
  throw reader.damage(`${py.str(what)} has elements of unknown type ${py.format(kind, ",")}`);
 }
 if ((depth >= MAX_DEPTH)) {
  throw reader.damage(`${py.str(what)} holds arrays more than ${py.str(MAX_DEPTH)} deep`);
 }
 if ((py.mul(count, py.at(LEAST, kind)) > py.sub(reader.size, reader.place))) {
  throw reader.damage(`${py.str(what)} says ${py.format(count, ",")} elements; the rest of the file cannot hold them`);
 }
 array = new Array(py.or(py.call(py.dict([[STRING, "str"], [ARRAY, "array"]]), "get", kind), () => py.at(py.at(SCALARS, kind), 0)), count);
 kept = py.min(count, KEEP);
 if (py.eq(kind, STRING)) {
  py.call(reader, "count", count);
  py.call(array, "extend", py.made(($r) => { for (const _ of py.iter(py.range(kept))) { $r.push(reader.text(what)); } }));
  reader.skip_strings(py.sub(count, kept), what);
 } else {
  if (py.eq(kind, ARRAY)) {
   py.call(reader, "count", py.mul(16, count));
   for (i of py.iter(py.range(count))) {
    element = _array(reader, key, py.add(depth, 1));
    if ((i < py.shr(KEEP, py.add(py.mul(4, depth), 4)))) {
     py.call(array, "append", element);
    }
   }
  } else {
   ([code, size] = py.iter([py.at(py.at(SCALARS, kind), 1), py.at(LEAST, kind)]));
   reader.keep(py.mul(kept, 32));
   py.call(array, "extend", py.made(($r) => { for (const [value] of py.iter(struct.iter_unpack(code, reader.take(py.mul(kept, size), what)))) { $r.push(value); } }));
   reader.skip(py.mul(py.sub(count, kept), size), what);
   if ((array.kind === "bool")) {
    py.setall(array, py.map(py.bool, array));
   }
  }
 }
 return array;
}
function _tensor(reader, i, alignment) {
 let dims, kind, name, offset, shape, what, width;
 name = reader.name(MAX_NAME, `the name of tensor ${py.str(i)}`);
 what = `tensor ${py.str(plain(name))}`;
 dims = reader.scalar("<I", what);
 if ((dims > 4)) {
  throw reader.damage(`${py.str(what)} has ${py.format(dims, ",")} dimensions`);
 }
 shape = py.slice(struct.unpack(`<${py.str(dims)}Q`, reader.take(py.mul(8, dims), what)), null, null, (-1));
 ([kind, offset] = py.iter([reader.scalar("<I", what), reader.scalar("<Q", what)]));
 if (py.in(kind, GONE)) {
  throw new UserError(`${py.str(reader.file)}: ${py.str(what)} has type ${py.str(py.at(GONE, kind))}, which llama.cpp has removed; get a newer file`);
 }
 if (!py.in(kind, BY_ID)) {
  throw reader.damage(`${py.str(what)} has type ${py.format(kind, ",")}, which is unknown here`);
 }
 if ((prod(shape) >= py.shl(1, 63))) {
  throw reader.damage(`${py.str(what)} has an absurd shape, ${py.str(py.call(" x ", "join", py.map(py.str, shape)))}`);
 }
 width = (py.t(shape) ? py.at(shape, (-1)) : 1);
 if (py.t(py.mod(width, py.at(BY_ID, kind).block))) {
  throw reader.damage(`${py.str(what)} has rows of ${py.format(width, ",")}, no multiple of ${py.str(py.at(BY_ID, kind).name)}'s ${py.str(py.at(BY_ID, kind).block)}`);
 }
 if (py.t(py.mod(offset, alignment))) {
  throw reader.damage(`${py.str(what)} starts at ${py.format(offset, ",")}, no multiple of the alignment ${py.str(alignment)}`);
 }
 return new TensorInfo(name, shape, py.at(BY_ID, kind), offset);
}
function _check_places(reader, infos, start) {
 let after, before, info, last, missing, past, seen;
 seen = py.set();
 for (info of py.iter(infos)) {
  if (py.in(info.name, seen)) {
   throw reader.damage(`two tensors are named ${py.str(plain(info.name))}`);
  }
  py.call(seen, "add", info.name);
 }
 infos = py.named(null, py.sorted, [infos], {key: ((info) => [info.offset, info.nbytes])});
 for ([before, after] of py.iter(pairwise(infos))) {
  if ((py.add(before.offset, before.nbytes) > after.offset)) {
   throw reader.damage(`tensors ${py.str(plain(before.name))} and ${py.str(plain(after.name))} overlap`);
  }
 }
 past = py.made(($r) => { for (const info of py.iter(infos)) { if ((py.add(py.add(start, info.offset), info.nbytes) > reader.size)) $r.push(info); } });
 if (py.t(past)) {
  last = py.at(past, (-1));
  missing = py.sub(py.add(py.add(start, last.offset), last.nbytes), reader.size);
  throw new UserError(`${py.str(reader.file)}: truncated: ${py.format(missing, ",")} of the ${py.format(py.add(reader.size, missing), ",")} bytes it should have are missing, from tensor ${py.str(plain(py.at(past, 0).name))} on (${py.str(py.len(past))} of ${py.str(py.len(infos))}); download it again`);
 }
}
return { ARRAY, Array, GONE, Header, KEEP, LEAST, MAX_ALIGNMENT, MAX_DEPTH, MAX_KEY, MAX_KEYS, MAX_NAME, MAX_TENSORS, SCALARS, STRANGERS, STRING, TensorInfo, _array, _check_places, _tensor, _value, _version, parse, read };
})();
M["vram.lines"] = (() => {
let GIB, LLAMA, MIB, UNITS;
const replace = py.library.dataclasses.replace;
([MIB, GIB] = py.iter([py.shl(1, 20), py.shl(1, 30)]));
LLAMA = "llama.cpp 0c1e57098, ";
UNITS = [["TiB", py.shl(1, 40)], ["GiB", GIB], ["MiB", MIB], ["KiB", py.shl(1, 10)]];
class Line extends py.Thing {
 constructor(part, name, bytes, formula, reference, low = (-1), high = (-1), reason = "", where = "gpu") {
  super();
  this.part = part; this.name = name; this.bytes = bytes; this.formula = formula; this.reference = reference; this.low = low; this.high = high; this.reason = reason; this.where = where;
  this.__post_init__?.();
 }
 __post_init__() {
  const self = this;
  if ((self.low < 0)) {
   py.setattr(self, "low", self.bytes);
  }
  if ((self.high < 0)) {
   py.setattr(self, "high", self.bytes);
  }
 }
 get exact() {
  const self = this;
  return py.eq(self.low, self.high);
 }
 at(where) {
  const self = this;
  return py.named(null, replace, [self], {where: where});
 }
 as_dict() {
  const self = this;
  return py.dict(py.made(($r) => { for (const key of py.iter(self.__dataclass_fields__)) { $r.push([key, py.getattr(self, key)]); } }));
 }
}
Line.$fields = ["part", "name", "bytes", "formula", "reference", "low", "high", "reason", "where"];
function total(lines, key = "bytes", where = null) {
 return py.sum(py.made(($r) => { for (const line of py.iter(lines)) { if (py.in(where, [null, line.where])) $r.push(py.getattr(line, key)); } }));
}
total.$names = ["lines", "key", "where"];
function size(count) {
 let amount, step, unit;
 for ([unit, step] of py.iter(UNITS)) {
  if ((py.abs(count) >= step)) {
   amount = (count / step);
   return ((amount < 9.995) ? `${py.format(amount, ".2f")} ${py.str(unit)}` : ((amount < 99.95) ? `${py.format(amount, ".1f")} ${py.str(unit)}` : `${py.format(amount, ".0f")} ${py.str(unit)}`));
  }
 }
 return `${py.format(count, ".0f")} B`;
}
return { GIB, LLAMA, Line, MIB, UNITS, size, total };
})();
M["vram.tables"] = (() => {
let _ID;
const re = py.library.re;
const tomllib = py.library.tomllib;
const Path = py.library.pathlib.Path;
const UserError = M["errors"].UserError;
_ID = re.compile("^\"([^\"]+)\" = ", re.MULTILINE);
function _text(name) {
 return py.method(new Path("").with_name(name), "read_text", [], {encoding: "utf-8"});
}
_text = py.cached(_text);
function models() {
 return tomllib.loads(_text("models.toml"));
}
function hardware() {
 return tomllib.loads(_text("hardware.toml"));
}
function plain(text) {
 return re.sub("[^a-z0-9.]", "", py.call(text, "lower"));
}
function _line(file, wanted) {
 let found, key, line, text;
 ([text, key] = py.iter([_text(file), plain(wanted)]));
 for (line of py.iter(py.call(text, "splitlines"))) {
  found = py.call(_ID, "match", line);
  if ((py.t(found) && (py.eq(plain(py.at(found, 1)), key) || py.eq(plain(py.at(py.call(py.at(py.call(line, "split", "name = \"", 1), 1), "split", "\"", 1), 0)), key)))) {
   return py.next(py.iter(py.call(tomllib.loads(line), "items")));
  }
 }
 return null;
}
function card(least) {
 let found, line, memory, released;
 found = [];
 for (line of py.iter(py.call(_text("hardware.toml"), "splitlines"))) {
  memory = re.search("kind = \"gpu\", memory = ([\\d.]+), bandwidth = ([\\d.]+)", line);
  if ((py.t(memory) && (py.float(py.at(memory, 1)) >= least))) {
   released = py.int(py.at(re.search("released = (\\d+)", line), 1));
   py.call(found, "append", [py.float(py.at(memory, 1)), (-released), (-py.float(py.at(memory, 2))), line]);
  }
 }
 return (py.t(found) ? py.next(py.iter(py.call(tomllib.loads(py.at(py.min(found), 3)), "values"))) : null);
}
function names(file) {
 return py.call(_ID, "findall", _text(file));
}
function _find(file, wanted, what) {
 let found, hint, key, known, near;
 found = _line(file, wanted);
 if (py.t(found)) {
  return found;
 }
 const get_close_matches = py.library.difflib.get_close_matches;
 ([known, key] = py.iter([names(file), py.call(py.call(wanted, "lower"), "replace", " ", "-")]));
 near = py.or(py.slice(py.made(($r) => { for (const n of py.iter(known)) { if ((py.t(plain(wanted)) && py.in(plain(wanted), plain(n)))) $r.push(n); } }), null, 4, null), () => get_close_matches(key, known, 4, 0.5));
 hint = (py.t(near) ? `; near it: ${py.str(py.call(", ", "join", near))}` : "");
 throw new UserError(`${py.repr(wanted)} is no ${py.str(what)} of the table${py.str(hint)}`);
}
function model(wanted) {
 return _find("models.toml", wanted, "model");
}
function device(wanted) {
 let short;
 short = py.named(re, re.sub, ["^(nvidia|geforce|amd|radeon|intel|apple)\\s+", "", py.call(wanted, "strip")], {flags: re.IGNORECASE});
 return _find("hardware.toml", (py.t(_line("hardware.toml", short)) ? short : wanted), "GPU, Mac or CPU");
}
return { _ID, _find, _line, _text, card, device, hardware, model, models, names, plain };
})();
M["vram.devices"] = (() => {
let DEFAULT_RAM, SHARED, SMALL_MAC;
const re = py.library.re;
const Path = py.library.pathlib.Path;
const UserError = M["errors"].UserError;
const tables = M["vram.tables"];
const GIB = M["vram.lines"].GIB;
const MIB = M["vram.lines"].MIB;
DEFAULT_RAM = 89.6;
SHARED = py.dict([["mac", 0.75], ["apu", 0.75]]);
SMALL_MAC = py.mul(36, GIB);
class Device extends py.Thing {
 constructor(name, kind, memory, bandwidth = 0.0, tflops = 0.0, note = "") {
  super();
  this.name = name; this.kind = kind; this.memory = memory; this.bandwidth = bandwidth; this.tflops = tflops; this.note = note;
  this.__post_init__?.();
 }
}
Device.$fields = ["name", "kind", "memory", "bandwidth", "tflops", "note"];
function read(text) {
 let found, one;
 if ((py.call(py.call(text, "strip"), "lower") === "auto")) {
  return here();
 }
 found = [];
 for (one of py.iter(py.call(text, "split", "+"))) {
  found = py.add(found, _same(one, text));
 }
 return found;
}
read.$names = ["text"];
function _same(text, whole) {
 let bandwidth, count, entry, key, many, memory, name, size;
 many = re.fullmatch("\\s*(\\d{1,2})\\s*[x*]\\s*(.+)", text);
 ([count, name] = py.iter((py.t(many) ? [py.int(py.at(many, 1)), py.at(many, 2)] : [1, text])));
 if (!((1 <= count) && (count <= 64))) {
  throw new UserError(`${py.repr(whole)}: from 1 to 64 cards`);
 }
 size = re.fullmatch("\\s*(\\d+(?:\\.\\d+)?)\\s*(?:gb|gib|g)\\s*(?:@\\s*(\\d+(?:\\.\\d+)?)(?:\\s*gb/s)?)?\\s*", name, re.IGNORECASE);
 if (py.t(size)) {
  ([memory, bandwidth] = py.iter([py.float(py.at(size, 1)), py.float(py.or(py.at(size, 2), () => 0))]));
  if ((!((0 < memory) && (memory <= py.shl(1, 20))) || (bandwidth > py.shl(1, 20)))) {
   throw new UserError(`${py.repr(whole)}: no size of a memory in GB`);
  }
  return py.mul([new Device(`${py.format(memory, "g")} GB`, "gpu", py.round(py.mul(memory, GIB)), bandwidth)], count);
 }
 ([key, entry] = py.iter(tables.device(name)));
 return py.mul([of(key, entry)], count);
}
function of(key, entry) {
 let memory, note, share;
 ([memory, note] = py.iter([py.round(py.mul(py.at(entry, "memory"), GIB)), ""]));
 if (py.in(py.at(entry, "kind"), SHARED)) {
  share = (((py.at(entry, "kind") === "mac") && (memory <= SMALL_MAC)) ? (2 / 3) : py.at(SHARED, py.at(entry, "kind")));
  note = `the GPU may use ${py.format(share, ".0%")} of ${py.str(py.at(entry, "memory"))} GB, unless the limit is raised`;
  memory = py.round(py.mul(memory, share));
 }
 return new Device(py.at(entry, "name"), py.at(entry, "kind"), memory, py.at(entry, "bandwidth"), py.call(entry, "get", "tflops", 0.0), note);
}
const here = () => py.absent("here");
const _run = () => py.absent("_run");
const _nvidia = () => py.absent("_nvidia");
const _known = () => py.absent("_known");
const _mac = () => py.absent("_mac");
const ram = () => py.absent("ram");
return { DEFAULT_RAM, Device, SHARED, SMALL_MAC, _known, _mac, _nvidia, _run, _same, here, of, ram, read };
})();
M["vram.metadata"] = (() => {
let PATTERN, SHARED_FROM;
const UserError = M["errors"].UserError;
const Dims = M["gguf.dims"].Dims;
const Layer = M["gguf.dims"].Layer;
PATTERN = py.dict([["gemma2", 2], ["gemma3", 6], ["gemma3n", 5], ["gpt-oss", 2], ["cohere2", 4], ["olmo2", 4], ["exaone4", 4], ["llama4", 4]]);
SHARED_FROM = py.dict([["gemma3n", 20]]);
function dims(keys, shapes, name) {
 let arch, attends, count, embed, features, feed, first, heads, i, is_local, key, latent, layers, local, local_key, local_value, mtp, query, rank, shared, shared_up, state, trunk, up, value, vocab, widest, window;
 arch = py.call(keys, "get", "general.architecture");
 if (!py.isinstance(arch, py.str)) {
  throw new UserError(`${py.str(name)}: the file has no general.architecture, so it holds no language model`);
 }
 function get(key, default_ = null) {
  return py.call(keys, "get", `${py.str(arch)}.${py.str(key)}`, default_);
 }
 get.$names = ["key", "default"];
 function number(key, default_ = null) {
  let value;
  value = get(key, default_);
  if (py.isinstance(value, py.list)) {
   value = py.named(null, py.max, [py.made(($r) => { for (const x of py.iter(value)) { if (py.isinstance(x, py.int)) $r.push(x); } })], {default: default_});
  }
  if ((value == null)) {
   throw new UserError(`${py.str(name)}: the file has no ${py.str(arch)}.${py.str(key)}, which the memory depends on`);
  }
  if ((!py.isinstance(value, [py.int, py.float]) || !((0 <= value) && (value < py.shl(1, 31))))) {
   throw new UserError(`${py.str(name)}: ${py.str(arch)}.${py.str(key)} is ${py.repr(value)}, which is no number that it can be`);
  }
  return py.int(value);
 }
 number.$names = ["key", "default"];
 function each(key, default_ = 0) {
  let value;
  value = get(key, default_);
  value = (py.isinstance(value, py.list) ? py.list(value) : py.mul([value], count));
  if (!py.all(py.made(($r) => { for (const x of py.iter(value)) { $r.push((py.isinstance(x, py.int) && ((0 <= x) && (x < py.shl(1, 31))))); } }))) {
   throw new UserError(`${py.str(name)}: ${py.str(arch)}.${py.str(key)} holds something that is no number of heads or weights`);
  }
  return py.slice(py.add(value, py.mul([(py.t(value) ? py.at(value, (-1)) : 0)], count)), null, count, null);
 }
 count = number("block_count");
 mtp = number("nextn_predict_layers", 0);
 trunk = ((mtp < count) ? py.sub(count, mtp) : count);
 embed = number("embedding_length");
 ([heads, shared] = py.iter([each("attention.head_count"), each("attention.head_count_kv", get("attention.head_count", 0))]));
 ([feed, window] = py.iter([each("feed_forward_length"), number("attention.sliding_window", 0)]));
 widest = py.max(py.or(py.made(($r) => { for (const h of py.iter(heads)) { if (py.t(h)) $r.push(h); } }), () => [1]));
 key = number("attention.key_length", py.floordiv(embed, widest));
 value = number("attention.value_length", key);
 ([local_key, local_value] = py.iter([number("attention.key_length_swa", key), number("attention.value_length_swa", value)]));
 rank = number("attention.kv_lora_rank", 0);
 latent = py.bool(py.and(rank, () => get("attention.key_length_mla")));
 local = _local(get("attention.sliding_window_pattern"), arch, window, trunk);
 first = _first_shared(arch, trunk, number("attention.shared_kv_layers", 0));
 layers = [];
 for (i of py.iter(py.range(trunk))) {
  state = _state(shapes, i);
  attends = (py.in(`blk.${py.str(i)}.attn_output.weight`, shapes) && !py.in(state, ["delta", "kda"]));
  is_local = py.at(local, i);
  py.call(layers, "append", new Layer((!py.t(attends) ? "" : (py.t(latent) ? "latent" : (py.t(is_local) ? "window" : "full"))), state, py.or(py.at(heads, i), () => widest), (py.t(attends) ? py.at(shared, i) : 0), (py.t(is_local) ? local_key : key), (py.t(is_local) ? local_value : value), (py.in(`blk.${py.str(i)}.ffn_down.weight`, shapes) ? py.at(feed, i) : 0), py.in(`blk.${py.str(i)}.ffn_down_exps.weight`, shapes), (i < first)));
 }
 up = py.next(py.made(($r) => { for (const [n, shape] of py.iter(py.call(shapes, "items"))) { if (py.call(n, "endswith", "ffn_down_exps.weight")) $r.push(shape); } }), null);
 shared_up = py.next(py.made(($r) => { for (const [n, shape] of py.iter(py.call(shapes, "items"))) { if (py.call(n, "endswith", "ffn_down_shexp.weight")) $r.push(shape); } }), null);
 features = _features(shapes);
 query = py.at(py.call(shapes, "get", py.next(py.made(($r) => { for (const n of py.iter(shapes)) { if (py.call(n, "endswith", ".attn_q.weight")) $r.push(n); } }), ""), [0]), 0);
 if (py.eq(query, py.mul(py.mul(2, widest), key))) {
  features = py.bor(features, py.set(["gated_q"]));
 }
 vocab = py.at(py.call(shapes, "get", "token_embd.weight", [number("vocab_size", 0), embed]), 0);
 return py.made_of(Dims, [arch, embed, vocab, py.tuple(layers), number("context_length", 0), !py.in("output.weight", shapes), window, (arch === "llama4"), number("expert_count", 0), number("expert_used_count", 0), (py.t(up) ? py.at(up, (-1)) : 0), (py.t(shared_up) ? py.at(shared_up, (-1)) : 0), number("moe_latent_size", 0), number("attention.q_lora_rank", 0), rank, number("rope.dimension_count", key), number("attention.key_length_mla", 0), number("attention.value_length_mla", 0), number("ssm.conv_kernel", number("shortconv.l_cache", 0)), py.or(number("kda.head_dim", 0), () => number("ssm.inner_size", 0)), number("ssm.state_size", 0), number("ssm.group_count", 0), number("ssm.time_step_rank", 0), number("embedding_length_per_layer_input", 0)], {features: features, extra: (py.t(get("altup.num_inputs")) ? py.dict([["altup", number("altup.num_inputs", 0)]]) : py.dict([])), mtp: mtp, notes: (py.t(mtp) ? [`${py.str(mtp)} layer(s) for predicting further tokens: weights counted, no cache`] : [])});
}
function _features(shapes) {
 let down, found, names, wide;
 names = py.set(py.made(($r) => { for (const n of py.iter(shapes)) { if (py.call(n, "startswith", "blk.")) $r.push(py.at(py.call(n, "split", ".", 2), 2)); } }));
 found = py.dict([["gate", py.bool(py.band(names, py.set(["ffn_gate.weight", "ffn_gate_exps.weight", "ffn_gate_up_exps.weight"])))], ["fused_gate", (!py.in("ffn_gate.weight", names) && py.in("ffn_up.weight", names))], ["fused_qkv", (py.in("attn_qkv.weight", names) && !py.in("attn_q.weight", names))], ["norm", py.in("attn_norm.weight", names)], ["qk_norm", py.in("attn_q_norm.weight", names)]]);
 wide = py.at(py.next(py.made(($r) => { for (const [n, s] of py.iter(py.call(shapes, "items"))) { if (py.call(n, "endswith", "ffn_up.weight")) $r.push(s); } }), [0]), 0);
 down = py.at(py.next(py.made(($r) => { for (const [n, s] of py.iter(py.call(shapes, "items"))) { if (py.call(n, "endswith", "ffn_down.weight")) $r.push(s); } }), [0, 0]), (-1));
 py.put(found, "fused_gate", py.and(py.at(found, "fused_gate"), () => py.eq(wide, py.mul(2, down))));
 return py.frozenset(py.made(($r) => { for (const [name, there] of py.iter(py.call(found, "items"))) { if (py.t(there)) $r.push(name); } }));
}
function _local(pattern, arch, window, count) {
 let every;
 if (!py.t(window)) {
  return py.mul([false], count);
 }
 if ((py.isinstance(pattern, py.list) && (py.len(pattern) >= count))) {
  return py.made(($r) => { for (const x of py.iter(py.slice(pattern, null, count, null))) { $r.push(py.bool(x)); } });
 }
 every = ((py.isinstance(pattern, py.int) && (pattern > 1)) ? pattern : py.call(PATTERN, "get", arch, 1));
 return py.made(($r) => { for (const i of py.iter(py.range(count))) { $r.push(((every === 1) || (py.mod(py.add(i, 1), every) !== 0))); } });
}
function _first_shared(arch, count, shared) {
 return (py.in(arch, SHARED_FROM) ? py.min(py.call(SHARED_FROM, "get", arch, count), py.sub(count, shared)) : py.sub(count, shared));
}
function _state(shapes, i) {
 let block;
 block = `blk.${py.str(i)}.`;
 if (py.in(`${py.str(block)}shortconv.conv.weight`, shapes)) {
  return "conv";
 }
 if (py.in(`${py.str(block)}ssm_conv1d_q.weight`, shapes)) {
  return "kda";
 }
 if (py.in(`${py.str(block)}ssm_x.weight`, shapes)) {
  return "mamba";
 }
 if ((py.in(`${py.str(block)}ssm_alpha.weight`, shapes) || py.in(`${py.str(block)}ssm_ba.weight`, shapes))) {
  return "delta";
 }
 return (py.in(`${py.str(block)}ssm_in.weight`, shapes) ? "mamba2" : "");
}
return { PATTERN, SHARED_FROM, _features, _first_shared, _local, _state, dims };
})();
M["vram.model"] = (() => {
let FIELDS, NO_BLOCK;
const json = py.library.json;
const replace = py.library.dataclasses.replace;
const prod = py.library.math.prod;
const Path = py.library.pathlib.Path;
const UserError = M["errors"].UserError;
const header = M["gguf.header"];
const layout = M["gguf.layout"];
const ConfigError = M["gguf.dims"].ConfigError;
const Dims = M["gguf.dims"].Dims;
const Tensor = M["gguf.layout"].Tensor;
const metadata = M["vram.metadata"];
const tables = M["vram.tables"];
NO_BLOCK = (-1);
FIELDS = py.dict([["layers", "num_hidden_layers"], ["embed", "hidden_size"], ["heads", "num_attention_heads"], ["kv_heads", "num_key_value_heads"], ["head_dim", "head_dim"], ["feed", "intermediate_size"], ["vocab", "vocab_size"], ["experts", "num_experts"], ["experts_used", "num_experts_per_tok"], ["expert_feed", "moe_intermediate_size"], ["window", "sliding_window"], ["context", "max_position_embeddings"]]);
class Model extends py.Thing {
 constructor(name, dims, tensors, source, types = null, file_bytes = 0, vision = 0, notes = [], stored = "") {
  super();
  this.name = name; this.dims = dims; this.tensors = tensors; this.source = source; this.types = types; this.file_bytes = file_bytes; this.vision = vision; this.notes = notes; this.stored = stored;
  this.__post_init__?.();
 }
 get parameters() {
  const self = this;
  return py.sum(py.made(($r) => { for (const tensor of py.iter(self.tensors)) { $r.push(tensor.size); } }));
 }
 get active() {
  const self = this;
  let counted, d, tensor, tied;
  d = self.dims;
  counted = 0.0;
  for (tensor of py.iter(self.tensors)) {
   if (py.in(tensor.name, ["token_embd.weight", "per_layer_token_embd.weight"])) {
    tied = py.and(d.tied, () => (tensor.name === "token_embd.weight"));
    counted = py.add(counted, (py.t(tied) ? tensor.size : py.at(tensor.shape, (-1))));
   } else {
    counted = py.add(counted, py.mul(tensor.size, (py.t(is_expert(tensor.name)) ? (d.experts_used / d.experts) : 1)));
   }
  }
  return py.round(counted);
 }
 get active_in_prompt() {
  const self = this;
  let name;
  name = (py.t(self.dims.tied) ? "token_embd.weight" : "output.weight");
  return py.sub(self.active, py.sum(py.made(($r) => { for (const tensor of py.iter(self.tensors)) { if (py.eq(tensor.name, name)) $r.push(tensor.size); } })));
 }
}
Model.$fields = ["name", "dims", "tensors", "source", "types", "file_bytes", "vision", "notes", "stored"];
function is_expert(name) {
 return py.in("_exps.", name);
}
function block_of(name) {
 return (py.call(name, "startswith", "blk.") ? py.int(py.at(py.call(name, "split", ".", 2), 1)) : NO_BLOCK);
}
const read = () => py.absent("read");
function from_table(name) {
 let entry, key;
 ([key, entry] = py.iter(tables.model(name)));
 return py.named(null, replace, [from_config(py.at(entry, "config"), key)], {source: py.at(entry, "source")});
}
const from_config_file = () => py.absent("from_config_file");
function from_config(fields, name = "model") {
 let found, notes, seen;
 found = py.named(layout, layout.read, [fields], {assume: true});
 seen = _vision(py.call(fields, "get", "vision_config"));
 notes = found.dims.notes;
 if (py.t(seen)) {
  notes = [...py.iter(notes), `a vision tower of about ${py.format((seen / 1000000.0), ",.0f")} million weights is counted only with --vision`];
 }
 return py.made_of(Model, [name, found.dims, found.tensors, "config.json"], {vision: seen, notes: notes, stored: _stored(fields)});
}
function from_numbers(...$a) {
 const $k = py.words($a);
 let numbers = py.dict(Object.entries($k));
 let fields, unknown;
 unknown = py.sub(py.set(numbers), py.set(FIELDS));
 if (py.t(unknown)) {
  throw new UserError(`${py.str(py.call(", ", "join", py.sorted(unknown)))}: not among the numbers ${py.str(py.call(", ", "join", FIELDS))}`);
 }
 fields = py.dict(py.made(($r) => { for (const [key, value] of py.iter(py.call(numbers, "items"))) { $r.push([py.at(FIELDS, key), value]); } }));
 py.put(fields, "architectures", [(py.t(py.call(numbers, "get", "experts")) ? "Qwen3MoeForCausalLM" : "MistralForCausalLM")]);
 return py.named(null, replace, [from_config(fields, "numbers given")], {source: "numbers given"});
}
from_numbers.$many = true;
const from_gguf = () => py.absent("from_gguf");
function from_header(read, name, source) {
 let dims, shapes, tensors, types;
 tensors = py.tuple(py.made(($r) => { for (const info of py.iter(read.tensors)) { $r.push(new Tensor(info.name, info.shape)); } }));
 shapes = py.dict(py.made(($r) => { for (const tensor of py.iter(tensors)) { $r.push([tensor.name, tensor.shape]); } }));
 dims = metadata.dims(read.metadata, shapes, name);
 types = py.dict(py.made(($r) => { for (const info of py.iter(read.tensors)) { $r.push([info.name, info.type.name]); } }));
 return py.made_of(Model, [name, dims, tensors, source, types, read.size], {notes: dims.notes});
}
function _stored(fields) {
 let bits, config, group, method;
 config = py.call(fields, "get", "quantization_config");
 if (!py.isinstance(config, py.dict)) {
  return "";
 }
 ([method, bits, group] = py.iter(py.made(($r) => { for (const key of py.iter(["quant_method", "bits", "group_size"])) { $r.push(py.call(config, "get", key)); } })));
 if (py.in(method, ["gptq", "awq"])) {
  bits = py.or(bits, () => py.or(py.call(config, "get", "w_bit"), () => 4));
  return `${py.str(method)}-${py.str(bits)}-${py.str(py.or(group, () => py.or(py.call(config, "get", "q_group_size"), () => 128)))}`;
 }
 if (((method === "bitsandbytes") && py.t(py.call(config, "get", "load_in_4bit")))) {
  return (py.t(py.call(config, "get", "bnb_4bit_use_double_quant")) ? "nf4-dq" : "nf4");
 }
 return py.call(py.dict([["bitsandbytes", "int8"], ["fp8", "fp8"], ["mxfp4", "mxfp4"]]), "get", py.str(method), "");
}
function _vision(config) {
 let deep, feed, patch, wide;
 if (!py.isinstance(config, py.dict)) {
  return 0;
 }
 wide = py.or(py.call(config, "get", "hidden_size"), () => py.or(py.call(config, "get", "embed_dim"), () => 0));
 deep = py.or(py.call(config, "get", "num_hidden_layers"), () => py.or(py.call(config, "get", "depth"), () => 0));
 feed = py.or(py.call(config, "get", "intermediate_size"), () => py.mul(4, wide));
 if (!py.all(py.made(($r) => { for (const n of py.iter([wide, deep, feed])) { $r.push((py.isinstance(n, py.int) && ((0 < n) && (n < py.shl(1, 20))))); } }))) {
  return 0;
 }
 patch = (py.isinstance(py.call(config, "get", "patch_size"), py.int) ? py.call(config, "get", "patch_size") : 14);
 return py.add(py.mul(deep, py.add(py.mul(py.mul(4, wide), wide), py.mul(py.mul(2, wide), feed))), prod([3, patch, patch, wide]));
}
return { FIELDS, Model, NO_BLOCK, _stored, _vision, block_of, from_config, from_config_file, from_gguf, from_header, from_numbers, from_table, is_expert, read };
})();
M["vram.settings"] = (() => {
let CACHE_TYPES, FP8, MOST, RUNTIMES;
const UserError = M["errors"].UserError;
const TYPES = M["gguf.types"].TYPES;
const Type = M["gguf.types"].Type;
RUNTIMES = ["llama.cpp", "vllm", "transformers", "quantize"];
CACHE_TYPES = ["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "fp8"];
FP8 = new Type("FP8", (-1), 1, 1);
MOST = py.shl(1, 30);
class Settings extends py.Thing {
 constructor(context = 4096, sequences = 1, type_k = "f16", type_v = "f16", flash = true, batch = 2048, ubatch = 512, outputs = 0, unified = false, runtime = "llama.cpp", utilization = 0.9) {
  super();
  this.context = context; this.sequences = sequences; this.type_k = type_k; this.type_v = type_v; this.flash = flash; this.batch = batch; this.ubatch = ubatch; this.outputs = outputs; this.unified = unified; this.runtime = runtime; this.utilization = utilization;
  this.__post_init__?.();
 }
 __post_init__() {
  const self = this;
  let name, value;
  for (name of py.iter(["context", "sequences", "batch", "ubatch"])) {
   value = py.getattr(self, name);
   if ((py.isinstance(value, py.bool) || !py.isinstance(value, py.int))) {
    throw new UserError(`${py.str(name)} is ${py.repr(value)}, not a whole number`);
   }
   if (!((0 < value) && (value <= MOST))) {
    throw new UserError(`${py.str(name)} is ${py.format(value, ",")}; give a number from 1 to ${py.format(MOST, ",")}`);
   }
  }
  if ((!py.isinstance(self.outputs, py.int) || !((0 <= self.outputs) && (self.outputs <= MOST)))) {
   throw new UserError(`outputs is ${py.repr(self.outputs)}; give a number from 0 (one per sequence) to ${py.format(MOST, ",")}`);
  }
  if (!py.in(self.runtime, RUNTIMES)) {
   throw new UserError(`${py.repr(self.runtime)} is no runtime; known: ${py.str(py.call(", ", "join", RUNTIMES))}`);
  }
  if (!((0.1 <= self.utilization) && (self.utilization <= 1))) {
   throw new UserError(`utilization is ${py.format(self.utilization, "g")}; give a share of the card from 0.1 to 1`);
  }
  for (name of py.iter(["type_k", "type_v"])) {
   value = py.call(py.str(py.getattr(self, name)), "lower");
   if (!py.in(value, CACHE_TYPES)) {
    throw new UserError(`${py.repr(value)} is no type of cache; known: ${py.str(py.call(", ", "join", CACHE_TYPES))}`);
   }
   if (((value === "fp8") && (self.runtime === "llama.cpp"))) {
    throw new UserError("llama.cpp has no fp8 cache; its 8-bit type is q8_0");
   }
   if (((self.runtime !== "llama.cpp") && !py.in(value, ["f32", "f16", "bf16", "fp8"]))) {
    throw new UserError(`${py.repr(value)} is a cache type of llama.cpp; ${py.str(self.runtime)} has f16, bf16 and fp8`);
   }
   py.setattr(self, name, value);
  }
  if (((self.runtime === "llama.cpp") && !py.t(self.flash) && (py.at(TYPES, py.call(self.type_v, "upper")).block > 1))) {
   throw new UserError(`llama.cpp refuses a ${py.str(self.type_v)} cache of values without flash attention; turn flash attention on, or quantize keys only`);
  }
 }
 get tokens() {
  const self = this;
  return py.mul(self.per_sequence, (py.t(self.unified) ? 1 : self.sequences));
 }
 get per_sequence() {
  const self = this;
  let whole;
  whole = pad(self.context);
  return (py.t(self.unified) ? whole : py.max(256, pad(py.floordiv(whole, self.sequences))));
 }
 get step() {
  const self = this;
  return py.min(self.tokens, self.ubatch, self.batch);
 }
 get scored() {
  const self = this;
  return py.min(self.step, py.or(self.outputs, () => self.sequences));
 }
}
Settings.$fields = ["context", "sequences", "type_k", "type_v", "flash", "batch", "ubatch", "outputs", "unified", "runtime", "utilization"];
function pad(count, to = 256) {
 return py.mul((-py.floordiv((-count), to)), to);
}
function cache_type(name) {
 return ((name === "fp8") ? FP8 : py.at(TYPES, py.call(name, "upper")));
}
return { CACHE_TYPES, FP8, MOST, RUNTIMES, Settings, cache_type, pad };
})();
M["vram.cache"] = (() => {
let BLOCK, KINDS, WHOLE, _REFERENCES;
const UserError = M["errors"].UserError;
const Dims = M["gguf.dims"].Dims;
const Layer = M["gguf.dims"].Layer;
const LLAMA = M["vram.lines"].LLAMA;
const Line = M["vram.lines"].Line;
const Settings = M["vram.settings"].Settings;
const cache_type = M["vram.settings"].cache_type;
const pad = M["vram.settings"].pad;
WHOLE = py.frozenset(py.set(["llama", "mistral3", "qwen2", "qwen2vl", "starcoder2", "phi3", "phimoe", "qwen2moe", "qwen3"]));
BLOCK = 16;
KINDS = py.dict([["full", ["keys and values", "src/llama-kv-cache.cpp"]], ["window", ["keys and values in windows", "src/llama-kv-cache-iswa.cpp"]], ["latent", ["compressed keys, values", "src/llama-kv-cache.cpp (K only: is_mla)"]]]);
class Kept extends py.Thing {
 constructor(kind, cells, each, state) {
  super();
  this.kind = kind; this.cells = cells; this.each = each; this.state = state;
  this.__post_init__?.();
 }
 get bytes() {
  const self = this;
  return py.add(py.round(py.mul(self.cells, self.each)), self.state);
 }
}
Kept.$fields = ["kind", "cells", "each", "state"];
function layers(dims, settings) {
 return py.made(($r) => { for (const layer of py.iter(dims.layers)) { $r.push(_layer(dims, layer, settings)); } });
}
function _layer(dims, layer, s) {
 let cells, each, kind;
 ([kind, cells, each] = py.iter(["", 0, 0.0]));
 if ((py.t(layer.attention) && py.t(layer.cached))) {
  kind = layer.attention;
  if (((kind === "window") && (s.runtime === "llama.cpp") && py.in(dims.arch, WHOLE))) {
   kind = "full";
  }
  cells = _cells(dims, kind, s);
  each = _cell(dims, layer, s);
 }
 return new Kept(kind, cells, each, py.mul(py.mul(4, state_size(dims, layer)), s.sequences));
}
function _cells(dims, kind, s) {
 let one, step, streams;
 if ((s.runtime === "llama.cpp")) {
  streams = (py.t(s.unified) ? 1 : s.sequences);
  if ((kind !== "window")) {
   return py.mul(s.per_sequence, streams);
  }
  step = py.min(s.ubatch, s.batch);
  return py.mul(pad(py.min(s.per_sequence, py.add(py.mul(dims.window, (py.t(s.unified) ? s.sequences : 1)), step))), streams);
 }
 one = py.max(1, py.floordiv(s.context, s.sequences));
 if ((s.runtime === "vllm")) {
  return py.mul(s.sequences, pad(((kind === "window") ? py.min(one, py.add(dims.window, BLOCK)) : one), BLOCK));
 }
 return py.mul(s.sequences, ((kind === "window") ? py.min(one, dims.window) : one));
}
function _cell(dims, layer, s) {
 let found, keys, kind, name, values, what, width;
 ([keys, values] = py.iter([py.mul(layer.kv_heads, layer.key), py.mul(layer.kv_heads, layer.value)]));
 if ((layer.attention === "latent")) {
  ([keys, values] = py.iter([py.add(dims.kv_rank, dims.rope), 0]));
  if ((s.runtime === "transformers")) {
   ([keys, values] = py.iter([py.mul(layer.heads, dims.key_latent), py.mul(layer.heads, dims.value_latent)]));
  }
 } else {
  if (((s.runtime === "llama.cpp") && !py.t(s.flash))) {
   values = py.max(py.made(($r) => { for (const other of py.iter(dims.layers)) { $r.push(py.mul(other.kv_heads, other.value)); } }));
  }
 }
 found = 0.0;
 for ([what, width, name] of py.iter([["keys", keys, s.type_k], ["values", values, s.type_v]])) {
  kind = cache_type(name);
  if (py.t(py.mod(width, kind.block))) {
   throw new UserError(`the ${py.str(what)} of a token are ${py.str(width)} wide, which blocks of ${py.str(kind.block)} (${py.str(name)}) do not fill`);
  }
  found = py.add(found, (py.mul(width, kind.size) / kind.block));
 }
 return found;
}
function state_size(dims, layer) {
 let d;
 d = dims;
 if ((layer.state === "conv")) {
  return py.mul(d.embed, py.sub(d.conv, 1));
 }
 if ((layer.state === "kda")) {
  return py.add(py.mul(py.mul(py.mul(3, py.sub(d.conv, 1)), layer.heads), d.inner), py.mul(layer.heads, (d.inner ** 2)));
 }
 if (py.t(layer.state)) {
  return py.add(py.mul(py.sub(d.conv, 1), py.add(d.inner, py.mul(py.mul(2, d.groups), d.state))), py.mul(d.state, d.inner));
 }
 return 0;
}
function lines(dims, settings, start = 0, stop = null) {
 let each, found, kept, kind, mine, name, size, source, stateful, widths;
 ([kept, found] = py.iter([py.slice(layers(dims, settings), start, stop, null), []]));
 for ([kind, [name, source]] of py.iter(py.call(KINDS, "items"))) {
  mine = py.made(($r) => { for (const k of py.iter(kept)) { if ((py.eq(k.kind, kind) && py.t(k.cells))) $r.push(k); } });
  if (py.t(mine)) {
   widths = py.sorted(py.set(py.made(($r) => { for (const k of py.iter(mine)) { $r.push(k.each); } })));
   each = py.call(" or ", "join", py.made(($r) => { for (const w of py.iter(widths)) { $r.push(`${py.format(w, "g")}`); } }));
   py.call(found, "append", new Line("cache", name, py.sum(py.made(($r) => { for (const k of py.iter(mine)) { $r.push(py.sub(k.bytes, k.state)); } })), `${py.str(py.len(mine))} layers x ${py.format(py.at(mine, 0).cells, ",")} cells x ${py.str(each)} bytes (K ${py.str(settings.type_k)}${py.str(((kind === "latent") ? "" : `, V ${py.str(settings.type_v)}`))})`, ((settings.runtime === "llama.cpp") ? py.add(LLAMA, source) : py.at(_REFERENCES, settings.runtime))));
  }
 }
 stateful = py.made(($r) => { for (const [k, layer] of py.iter(py.named(null, py.zip, [kept, py.slice(dims.layers, start, stop, null)], {strict: true}))) { if (py.t(k.state)) $r.push([k, layer]); } });
 if (py.t(stateful)) {
  size = state_size(dims, py.at(py.at(stateful, 0), 1));
  py.call(found, "append", new Line("cache", "recurrent state", py.sum(py.made(($r) => { for (const [k, ] of py.iter(stateful)) { $r.push(k.state); } })), `${py.str(py.len(stateful))} layers x ${py.str(settings.sequences)} sequences x ${py.format(size, ",")} numbers x 4 bytes, at any context`, py.add(LLAMA, "src/llama-hparams.cpp (n_embd_r, n_embd_s)")));
 }
 return found;
}
lines.$names = ["dims", "settings", "start", "stop"];
_REFERENCES = py.dict([["vllm", "vLLM, vllm/v1/kv_cache_interface.py: blocks of 16 tokens, windows kept apart"], ["transformers", "transformers, cache_utils.py: DynamicCache, one row per token and layer"], ["quantize", ""]]);
return { BLOCK, KINDS, Kept, WHOLE, _REFERENCES, _cell, _cells, _layer, layers, lines, state_size };
})();
M["vram.weights"] = (() => {
let KINDS, REFERENCES;
const re = py.library.re;
const UserError = M["errors"].UserError;
const mix = M["gguf.mix"];
const Tensor = M["gguf.layout"].Tensor;
const TYPES = M["gguf.types"].TYPES;
const LLAMA = M["vram.lines"].LLAMA;
const Line = M["vram.lines"].Line;
const NO_BLOCK = M["vram.model"].NO_BLOCK;
const Model = M["vram.model"].Model;
const block_of = M["vram.model"].block_of;
const is_expert = M["vram.model"].is_expert;
KINDS = ["gptq", "awq", "nf4", "nf4-dq", "int8", "fp8", "mxfp4", "bf16", "f32"];
REFERENCES = py.dict([["gguf", py.add(LLAMA, "src/llama-quant.cpp and ggml/src/ggml-common.h")], ["file", "the file's own list of tensors"], ["gptq", "GPTQ checkpoint format: qweight, qzeros, scales, g_idx (src/fourbit/engine/checkpoint/gptq.py)"], ["awq", "AWQ checkpoint format: qweight, qzeros, scales (AutoAWQ, WQLinear_GEMM)"], ["nf4", "bitsandbytes, functional.quantize_4bit; Dettmers et al. 2023 (QLoRA), section 3"], ["int8", "bitsandbytes, Linear8bitLt: int8 weights and a float32 scale per row"], ["fp8", "DeepSeek-V3, section 3.3.2: blocks of 128 x 128 with a float32 scale"], ["mxfp4", "OCP Microscaling Formats 1.0, section 6: blocks of 32 with an 8-bit exponent"]]);
class Quant extends py.Thing {
 constructor(name, kind, bits = 16, group = 128, imatrix = false) {
  super();
  this.name = name; this.kind = kind; this.bits = bits; this.group = group; this.imatrix = imatrix;
  this.__post_init__?.();
 }
 static parse(text, imatrix = false) {
  const cls = this;
  let bits, error, found, group, name, plain;
  plain = py.call(py.call(text, "strip"), "lower");
  plain = py.call(py.dict([["fp16", "f16"], ["16bit", "bf16"], ["16-bit", "bf16"], ["nf4-double", "nf4-dq"]]), "get", plain, plain);
  found = re.fullmatch("(gptq|awq)(?:[-_](\\d)(?:bit)?(?:[-_]g?(-?\\d+))?)?", plain);
  if (py.t(found)) {
   ([bits, group] = py.iter([py.int(py.or(py.at(found, 2), () => 4)), py.int(py.or(py.at(found, 3), () => 128))]));
   if (!py.in(bits, ((py.at(found, 1) === "gptq") ? [2, 3, 4, 8] : [4]))) {
    throw new UserError(`${py.repr(text)}: ${py.str(py.call(py.at(found, 1), "upper"))} stores ${py.str(((py.at(found, 1) === "gptq") ? "2, 3, 4 or 8" : 4))} bits`);
   }
   if ((!py.eq(group, (-1)) && (group < 1))) {
    throw new UserError(`${py.repr(text)}: a group size is a positive number, or -1 for one group per row`);
   }
   return new cls(plain, py.at(found, 1), bits, group);
  }
  if (py.in(plain, KINDS)) {
   return new cls(plain, plain, py.call(py.dict([["f32", 32], ["bf16", 16]]), "get", plain, (py.in("4", plain) ? 4 : 8)));
  }
  try {
   name = mix.file_type(plain);
  } catch ($e) {
   if ($e instanceof UserError) {
    error = $e;
    throw new UserError(`${py.repr(text)} is no quantization; ${py.str(py.at(py.call(py.at(error.args, 0), "split", "; "), (-1)))}, ${py.str(py.call(", ", "join", KINDS))}`);
   } else
   throw $e;
  }
  return py.made_of(cls, [name, "gguf"], {imatrix: imatrix});
 }
}
Quant.$fields = ["name", "kind", "bits", "group", "imatrix"];
Quant.parse.$names = ["text", "imatrix"];
class Weights extends py.Thing {
 constructor(quant, bytes, reference, formula, parameters) {
  super();
  this.quant = quant; this.bytes = bytes; this.reference = reference; this.formula = formula; this.parameters = parameters;
  this.__post_init__?.();
 }
 get total() {
  const self = this;
  return py.once(self, "total", () => {
  return py.sum(py.call(self.bytes, "values"));
 });
 }
 get bits() {
  const self = this;
  return (py.mul(8, self.total) / self.parameters);
 }
 get blocks() {
  const self = this;
  let experts, found, name, rest, size;
  return py.once(self, "blocks", () => {
  found = py.dict([[NO_BLOCK, [0, 0]]]);
  for ([name, size] of py.iter(py.call(self.bytes, "items"))) {
   ([rest, experts] = py.iter(py.call(found, "get", block_of(name), [0, 0])));
   py.put(found, block_of(name), (py.t(is_expert(name)) ? [rest, py.add(experts, size)] : [py.add(rest, size), experts]));
  }
  return found;
 });
 }
 outside(...$a) {
  const self = this;
  const $k = py.words($a);
  let names = $a;
  return py.sum(py.made(($r) => { for (const name of py.iter(names)) { $r.push(py.call(self.bytes, "get", name, 0)); } }));
 }
 line(name = "weights") {
  const self = this;
  return new Line("weights", name, self.total, self.formula, self.reference);
 }
}
Weights.$fields = ["quant", "bytes", "reference", "formula", "parameters"];
Weights.prototype.outside.$many = true;
function weigh(model, quant) {
 let count, counts, detail, formula, found, key, most, names, some, taken, whole;
 if ((quant == null)) {
  if ((model.types == null)) {
   throw new UserError(`${py.str(model.name)}: say how its weights are stored, for example --quant Q4_K_M`);
  }
  found = py.dict(py.made(($r) => { for (const t of py.iter(model.tensors)) { $r.push([t.name, _gguf(t, py.at(model.types, t.name))]); } }));
  formula = `sum over ${py.str(py.len(found))} tensors of rows x blocks x bytes per block, as the file lists them`;
  return new Weights("file", found, py.at(REFERENCES, "file"), formula, model.parameters);
 }
 if ((quant.kind === "gguf")) {
  ([found, counts] = py.iter(_mixed(model, quant)));
  most = py.call(", ", "join", py.made(($r) => { for (const [kind, n] of py.iter(counts)) { $r.push(`${py.str(n)} ${py.str(kind)}`); } }));
  formula = `sum over ${py.str(py.len(found))} tensors of rows x blocks x bytes per block: ${py.str(most)}`;
  return new Weights(quant.name, found, py.at(REFERENCES, "gguf"), formula, model.parameters);
 }
 some = ((quant.kind === "mxfp4") && (model.dims.experts > 0));
 taken = py.made(($r) => { for (const t of py.iter(model.tensors)) { if ((py.t(is_matrix(t)) && (py.t(is_expert(t.name)) || !py.t(some)))) $r.push(t); } });
 ([names, count] = py.iter([py.set(py.made(($r) => { for (const t of py.iter(taken)) { $r.push(t.name); } })), py.len(taken)]));
 whole = ((quant.kind === "f32") ? 4 : 2);
 found = py.dict(py.made(($r) => { for (const t of py.iter(model.tensors)) { $r.push([t.name, (py.in(t.name, names) ? _stored(t, quant) : py.mul(whole, t.size))]); } }));
 detail = py.dict([["gptq", `${py.str(quant.bits)} bits, groups of ${py.str(quant.group)}`], ["awq", `4 bits, groups of ${py.str(quant.group)}`]]);
 formula = `${py.str(count)} tensors of the blocks as ${py.str(quant.kind)}${py.str((py.in(quant.kind, detail) ? ` (${py.str(py.at(detail, quant.kind))})` : ""))}`;
 if (!py.in(quant.kind, ["bf16", "f32"])) {
  formula = py.add(formula, `, ${py.str(py.sub(py.len(found), count))} others in 16 bit`);
 }
 key = py.call(quant.kind, "removesuffix", "-dq");
 return new Weights(quant.name, found, py.call(REFERENCES, "get", key, "2 or 4 bytes a weight"), formula, model.parameters);
}
function file_bytes(model, weights) {
 if ((py.t(model.file_bytes) && (weights.quant === "file"))) {
  return model.file_bytes;
 }
 return py.add(py.sum(py.made(($r) => { for (const size of py.iter(py.call(weights.bytes, "values"))) { $r.push(py.add(py.mul((-py.floordiv((-size), 32)), 32), 64)); } })), py.mul(40, model.dims.vocab));
}
function _mixed(model, quant) {
 let choice, chosen, counts, found, shapes, source;
 shapes = py.made(($r) => { for (const t of py.iter(model.tensors)) { $r.push([t.name, t.shape]); } });
 source = (py.in(quant.name, ["BF16", "F32"]) ? "BF16" : "F16");
 chosen = py.named(mix, mix.choose, [shapes, quant.name, model.dims.arch], {imatrix: quant.imatrix, n_layer: py.len(model.dims.layers), source: source, ...py.fields(facts(model))});
 counts = py.dict([]);
 for (choice of py.iter(py.call(chosen, "values"))) {
  py.put(counts, choice.type.name, py.add(py.call(counts, "get", choice.type.name, 0), 1));
 }
 found = py.dict(py.made(($r) => { for (const t of py.iter(model.tensors)) { $r.push([t.name, _gguf(t, py.at(chosen, t.name).type.name)]); } }));
 return [found, py.named(null, py.sorted, [py.call(counts, "items")], {key: ((item) => (-py.at(item, 1)))})];
}
function facts(model) {
 let arch, first, layers;
 ([layers, arch] = py.iter([model.dims.layers, model.dims.arch]));
 first = py.at(layers, 0);
 if (py.call(arch, "startswith", "qwen3")) {
  first = py.next(py.made(($r) => { for (const layer of py.iter(layers)) { if (py.t(layer.kv_heads)) $r.push(layer); } }), first);
 }
 return py.dict([["n_expert", model.dims.experts], ["n_gqa", (py.t(first.kv_heads) ? py.floordiv(first.heads, first.kv_heads) : 0)]]);
}
function is_matrix(tensor) {
 let last, small;
 last = (py.call(tensor.name, "endswith", ".weight") ? py.at(py.call(tensor.name, "rsplit", ".", 2), (-2)) : "");
 small = ["norm", "conv", "gate_inp", "altup", "ssm_alpha", "ssm_beta", "ssm_ba"];
 return (!py.eq(block_of(tensor.name), NO_BLOCK) && (py.len(tensor.shape) > 1) && py.bool(last) && !py.any(py.made(($r) => { for (const s of py.iter(small)) { $r.push(py.in(s, last)); } })));
}
function _gguf(tensor, kind) {
 return py.mul(py.floordiv(tensor.size, py.at(tensor.shape, (-1))), py.at(TYPES, kind).row_bytes(py.at(tensor.shape, (-1))));
}
function _stored(tensor, quant) {
 let matrices, rows, scales, width;
 if ((quant.kind === "f32")) {
  return py.mul(4, tensor.size);
 }
 if ((quant.kind === "bf16")) {
  return py.mul(2, tensor.size);
 }
 ([rows, width] = py.iter([py.floordiv(tensor.size, py.at(tensor.shape, (-1))), py.at(tensor.shape, (-1))]));
 matrices = py.floordiv(tensor.size, py.mul(py.at(tensor.shape, (-1)), py.at(tensor.shape, (-2))));
 if (py.in(quant.kind, ["gptq", "awq"])) {
  return _grouped(tensor, quant, rows, width, matrices);
 }
 if ((quant.kind === "nf4")) {
  return py.add((-py.floordiv((-tensor.size), 2)), py.mul(4, (-py.floordiv((-tensor.size), 64))));
 }
 if ((quant.kind === "nf4-dq")) {
  scales = (-py.floordiv((-tensor.size), 64));
  return py.add(py.add((-py.floordiv((-tensor.size), 2)), scales), py.mul(4, (-py.floordiv((-scales), 256))));
 }
 if ((quant.kind === "int8")) {
  return py.add(tensor.size, py.mul(4, rows));
 }
 if ((quant.kind === "fp8")) {
  return py.add(tensor.size, py.mul(py.mul(py.mul(4, matrices), (-py.floordiv((-py.at(tensor.shape, (-2))), 128))), (-py.floordiv((-width), 128))));
 }
 return ((py.mod(width, 32) === 0) ? _gguf(tensor, "MXFP4") : py.mul(2, tensor.size));
}
function _grouped(tensor, quant, rows, width, matrices) {
 let group, groups, index, zeros;
 group = (py.eq(quant.group, (-1)) ? width : quant.group);
 if (py.t(py.mod(width, group))) {
  throw new UserError(`group size ${py.str(quant.group)} does not divide the rows of ${py.str(tensor.name)} (${py.str(width)} weights); sizes that do: ${py.str(py.or(py.call(", ", "join", py.made(($r) => { for (const n of py.iter([32, 64, 128, 256])) { if ((py.mod(width, n) === 0)) $r.push(py.str(n)); } })), () => (-1)))}`);
 }
 if (py.t(py.mod(py.mul(width, quant.bits), 32))) {
  return py.mul(2, tensor.size);
 }
 groups = py.floordiv(width, group);
 zeros = py.mul(py.mul(py.mul(4, matrices), groups), (-py.floordiv(py.mul((-py.at(tensor.shape, (-2))), quant.bits), 32)));
 index = ((quant.kind === "gptq") ? py.mul(py.mul(4, width), matrices) : 0);
 return py.add(py.add(py.add(py.floordiv(py.mul(py.mul(rows, width), quant.bits), 8), py.mul(py.mul(2, rows), groups)), zeros), index);
}
return { KINDS, Quant, REFERENCES, Weights, _gguf, _grouped, _mixed, _stored, facts, file_bytes, is_matrix, weigh };
})();
M["vram.compute"] = (() => {
let BESIDE_LOGITS, INPUTS, NO_ROTATION, PARALLEL, POST_NORM, SHARE, SLACK, SOURCE;
const replace = py.library.dataclasses.replace;
const Dims = M["gguf.dims"].Dims;
const WHOLE = M["vram.cache"].WHOLE;
const LLAMA = M["vram.lines"].LLAMA;
const MIB = M["vram.lines"].MIB;
const Line = M["vram.lines"].Line;
const Settings = M["vram.settings"].Settings;
const cache_type = M["vram.settings"].cache_type;
const pad = M["vram.settings"].pad;
SOURCE = py.add(LLAMA, "src/llama-context.cpp (sched_reserve), ggml/src/ggml-alloc.c; fitted to tests/vram/oracle.csv");
([SLACK, SHARE] = py.iter([py.mul(5, MIB), 0.04]));
PARALLEL = py.frozenset(py.set(["cohere2"]));
POST_NORM = py.frozenset(py.set(["olmo2", "exaone4"]));
NO_ROTATION = py.frozenset(py.set(["nemotron_h", "nemotron_h_moe", "granitehybrid", "kimi-linear"]));
BESIDE_LOGITS = py.dict([["gemma2", [5, 8]], ["gemma3", [5, 7]], ["gemma4", [5, 8]], ["exaone4", [5, 6]]]);
INPUTS = 10;
class Peak extends py.Thing {
 constructor(place, width, formula, extra = 0) {
  super();
  this.place = place; this.width = width; this.formula = formula; this.extra = extra;
  this.__post_init__?.();
 }
}
Peak.$fields = ["place", "width", "formula", "extra"];
function peaks(dims, s, gpu = false) {
 let copies, d, found, inputs, kept, mixed, parallel, parts, quantized, several, share, wide;
 ([found, d] = py.iter([[], dims]));
 inputs = py.mul(d.per_layer, py.len(d.layers));
 wide = py.named(null, py.max, [py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(layer.feed); } })], {default: 0});
 quantized = (cache_type(s.type_k).block > 1);
 parallel = py.or(py.in(d.arch, PARALLEL), () => py.and((d.arch === "command-r"), () => quantized));
 copies = (py.t(gpu) ? 2 : (py.t(parallel) ? 6 : 5));
 if (py.t(wide)) {
  parts = ((d.has("gate") || d.has("fused_gate")) ? 3 : 1);
  py.call(found, "append", new Peak("feed-forward", py.add(py.add(py.mul(parts, wide), py.mul(copies, d.embed)), _shared(d, wide, quantized)), `${py.str(parts)} x ${py.format(wide, ",")} + ${py.str(copies)} x ${py.format(d.embed, ",")}`));
 }
 if (py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(layer.experts); } }))) {
  found = py.add(found, _experts(d, copies));
 }
 if (py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push((layer.attention === "latent")); } }))) {
  py.call(found, "append", _latent(d, s, gpu));
 } else {
  if (py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(layer.attention); } }))) {
   py.call(found, "append", _attention(d, s, gpu));
  }
 }
 if (py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push((layer.state === "delta")); } }))) {
  ([mixed, kept] = py.iter([py.add(d.inner, py.mul(py.mul(2, d.groups), d.state)), py.mul(d.state, d.inner)]));
  copies = (py.t(gpu) ? 4 : 5);
  several = ((s.sequences > 1) ? py.floordiv(py.mul(7, s.sequences), 2) : 1);
  py.call(found, "append", new Peak("delta net", py.add(py.mul(copies, d.embed), py.mul(2, mixed)), `${py.str(copies)} x ${py.format(d.embed, ",")} + 2 x ${py.format(mixed, ",")}`, py.mul(several, kept)));
 }
 if (py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(py.in(layer.state, ["mamba", "mamba2"])); } }))) {
  py.call(found, "append", _state(d, s, gpu));
 }
 share = (s.scored / s.step);
 copies = (py.t(gpu) ? 1 : py.at(_beside_logits(d), !py.t(s.flash)));
 py.call(found, "append", new Peak("logits", py.add(py.add(py.mul(share, d.vocab), py.mul(copies, d.embed)), inputs), `${py.format(s.scored, ",")} of ${py.format(s.step, ",")} tokens x ${py.format(d.vocab, ",")} + ${py.str(copies)} x ${py.format(d.embed, ",")}`));
 return py.made(($r) => { for (const p of py.iter(found)) { $r.push(py.named(null, replace, [p], {width: py.add(p.width, (py.in(p.place, ["attention", "feed-forward"]) ? inputs : 0))})); } });
}
peaks.$names = ["dims", "s", "gpu"];
function _beside_logits(d) {
 let each;
 each = py.eq(py.named(null, py.max, [py.made(($r) => { for (const layer of py.iter(d.layers)) { if (py.t(layer.attention)) $r.push(py.mul(layer.kv_heads, layer.key)); } })], {default: 0}), d.embed);
 if ((d.arch === "olmo2")) {
  return (py.t(each) ? [6, 8] : [5, 5]);
 }
 return py.call(BESIDE_LOGITS, "get", d.arch, ((py.t(each) && !d.has("fused_qkv")) ? [5, 7] : [5, 5]));
}
function _shared(d, wide, quantized) {
 let inputs;
 if ((d.arch === "gemma3n")) {
  return py.add(py.add(py.mul((-0.75), wide), py.mul(7, d.embed)), py.mul(d.per_layer, py.len(d.layers)));
 }
 inputs = py.mul(d.per_layer, py.len(d.layers));
 if (py.t(d.per_layer)) {
  return ((py.t(quantized) || (wide > inputs)) ? inputs : py.mul(2, d.per_layer));
 }
 return 0;
}
function _experts(d, copies) {
 let found, narrow, outputs, parts, text, used, wide;
 ([used, wide, narrow] = py.iter([d.experts_used, d.expert_feed, py.or(d.latent, () => d.embed)]));
 parts = (d.has("gate") ? 3 : 1);
 outputs = (((py.mul(2, wide) < narrow) || (parts === 1)) ? py.mul(used, narrow) : 0);
 text = `${py.str(used)} experts x (${py.str(parts)} x ${py.format(wide, ",")}${py.str((py.t(outputs) ? ` + ${py.format(narrow, ",")}` : ""))}) + ${py.str(copies)} x ${py.format(d.embed, ",")}`;
 found = [new Peak("experts", py.add(py.add(py.mul(py.mul(used, parts), wide), outputs), py.mul(copies, d.embed)), text)];
 if (py.t(d.shared_feed)) {
  text = `${py.str(parts)} x ${py.format(d.shared_feed, ",")} + ${py.str(py.add(copies, 1))} x ${py.format(d.embed, ",")}`;
  py.call(found, "append", new Peak("shared expert", py.add(py.mul(parts, d.shared_feed), py.mul(py.add(copies, 1), d.embed)), text));
 }
 return found;
}
function _latent(d, s, gpu) {
 let copies, each, heads, text, width;
 heads = d.heads;
 each = py.add(py.add(py.add(d.key_latent, d.kv_rank), py.add(d.kv_rank, d.rope)), (py.in(d.arch, NO_ROTATION) ? 0 : d.rope));
 copies = (py.t(gpu) ? 4 : 5);
 ([width, text] = py.iter([py.add(py.mul(copies, d.embed), py.mul(heads, each)), `${py.str(copies)} x ${py.format(d.embed, ",")} + ${py.str(heads)} heads x ${py.format(each, ",")}`]));
 if (!py.t(s.flash)) {
  width = py.add(width, py.mul(s.per_sequence, heads));
  text = py.add(text, ` + ${py.str(heads)} heads x ${py.format(s.per_sequence, ",")} scores`);
 }
 return new Peak("attention", width, text);
}
function _attention(d, s, gpu) {
 let copies, full, heads, keys, pairs, queries, query, text, width, windowed;
 full = py.made(($r) => { for (const layer of py.iter(d.layers)) { if (py.t(layer.attention)) $r.push(layer); } });
 query = py.max(py.made(($r) => { for (const layer of py.iter(full)) { $r.push(py.mul(layer.heads, layer.key)); } }));
 keys = py.max(py.made(($r) => { for (const layer of py.iter(full)) { $r.push(py.mul(layer.kv_heads, layer.key)); } }));
 windowed = has_window(d, s);
 copies = 5;
 if ((py.t(gpu) || (py.in(d.arch, PARALLEL) && (s.sequences === 1)) || py.in(d.arch, POST_NORM) || d.has("fused_qkv"))) {
  copies = 4;
 }
 queries = py.add(py.add(1, ((query > d.embed) && !py.in(d.arch, NO_ROTATION))), d.has("gated_q"));
 if (py.t(gpu)) {
  ([copies, queries] = py.iter([3, 1]));
 }
 pairs = ((py.t(windowed) && !py.t(gpu)) ? 4 : (py.t(gpu) ? 0 : 2));
 width = py.add(py.add(py.mul(copies, d.embed), py.mul(queries, query)), py.mul(pairs, keys));
 text = `${py.str(copies)} x ${py.format(d.embed, ",")} + ${py.str(queries)} x ${py.format(query, ",")} + ${py.str(pairs)} x ${py.format(keys, ",")}`;
 if (py.t(d.per_layer)) {
  width = py.add(width, py.mul((py.t(py.call(d.extra, "get", "altup")) ? 3 : 1), d.embed));
 }
 if (!py.t(s.flash)) {
  heads = py.max(py.made(($r) => { for (const layer of py.iter(full)) { $r.push(layer.heads); } }));
  width = py.add(width, py.mul(heads, s.per_sequence));
  text = py.add(`${py.str(heads)} heads x ${py.format(s.per_sequence, ",")} scores + `, text);
 }
 return new Peak("attention", width, text);
}
function _state(d, s, gpu) {
 let copies, mixed, state, text, width;
 ([copies, state] = py.iter([(py.t(gpu) ? 4 : 5), py.add(py.mul(py.sub(d.conv, 1), py.add(d.inner, py.mul(py.mul(2, d.groups), d.state))), py.mul(d.state, d.inner))]));
 if (py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push((layer.state === "mamba")); } }))) {
  return new Peak("state space", py.add(py.mul(copies, d.embed), py.mul(5, d.inner)), `${py.str(copies)} x ${py.format(d.embed, ",")} + 5 x ${py.format(d.inner, ",")}`, state);
 }
 mixed = py.add(d.inner, py.mul(py.mul(2, d.groups), d.state));
 width = py.add(py.add(py.add(py.mul(copies, d.embed), py.add(py.add(d.inner, mixed), d.ranks)), py.mul(2, mixed)), d.inner);
 text = `${py.str(copies)} x ${py.format(d.embed, ",")} + ${py.format(py.add(py.add(d.inner, mixed), d.ranks), ",")} + 2 x ${py.format(mixed, ",")} + ${py.format(d.inner, ",")}`;
 return new Peak("state space", width, text, py.mul(state, s.sequences));
}
function has_window(d, s) {
 return (!py.in(d.arch, WHOLE) && py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push((layer.attention === "window")); } })));
}
function masks(d, s) {
 let cells, step;
 if (!py.any(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(layer.attention); } }))) {
  return 0;
 }
 cells = s.per_sequence;
 if (py.t(has_window(d, s))) {
  step = py.min(s.ubatch, s.batch);
  cells = py.add(cells, pad(py.min(s.per_sequence, py.add(py.mul(d.window, (py.t(s.unified) ? s.sequences : 1)), step))));
 }
 return py.mul(py.mul((py.t(s.flash) ? 2 : 4), s.step), cells);
}
function lines(dims, settings, gpu = false) {
 let each, exact, found, grown, high, host, logits, mask, peak, reason, reference, s, size, slack, text;
 ([s, mask] = py.iter([settings, masks(dims, settings)]));
 exact = py.named(null, py.max, [peaks(dims, s)], {key: ((peak) => _bytes(peak, s))});
 high = py.add(_bytes(exact, s), mask);
 if (!py.t(gpu)) {
  slack = py.max(SLACK, py.round(py.mul(SHARE, high)));
  found = [_line(exact, s, mask, high, py.max(0, py.sub(high, slack)), py.add(high, slack), "graph allocator's packing", "ram")];
 } else {
  peak = py.named(null, py.max, [py.named(null, peaks, [dims, s], {gpu: true})], {key: ((peak) => _bytes(peak, s))});
  size = py.add(_bytes(peak, s), mask);
  slack = py.max(SLACK, py.round(py.mul(SHARE, high)));
  reason = "fitted to logs of GPU builds; the upper end is the plan of a CPU build";
  found = [_line(peak, s, mask, size, py.max(0, py.sub(size, slack)), py.add(py.max(high, size), slack), reason, "gpu")];
  each = (py.t(s.flash) ? 8 : 4);
  host = py.add(mask, py.mul(py.mul(each, s.step), dims.embed));
  text = `masks ${py.format(mask, ",")} + ${py.str(each)} x ${py.format(s.step, ",")} tokens x ${py.format(dims.embed, ",")}`;
  reason = "fitted to logs of GPU builds";
  py.call(found, "append", new Line("compute", "inputs in RAM", host, text, SOURCE, mask, py.mul(2, host), reason, "ram"));
 }
 logits = py.mul(py.mul(4, s.sequences), dims.vocab);
 text = `${py.str(s.sequences)} sequences x ${py.format(dims.vocab, ",")} x 4 bytes; grows to one row per token that is scored`;
 grown = py.mul(py.mul(4, py.max(s.sequences, s.outputs)), dims.vocab);
 reference = py.add(LLAMA, "src/llama-context.cpp (output_reserve)");
 py.call(found, "append", py.made_of(Line, ["output", "logits", logits, text, reference], {high: py.max(logits, grown), reason: "asked-for outputs", where: "ram"}));
 return found;
}
lines.$names = ["dims", "settings", "gpu"];
function planned(dims, settings) {
 return py.add(py.max(py.made(($r) => { for (const peak of py.iter(peaks(dims, settings))) { $r.push(_bytes(peak, settings)); } })), masks(dims, settings));
}
function _bytes(peak, s) {
 return py.add(py.round(py.mul(py.mul(4, s.step), py.add(peak.width, INPUTS))), py.mul(4, peak.extra));
}
function _line(peak, s, mask, size, low, high, reason, where) {
 let text;
 text = `${py.str(peak.place)}: ${py.format(s.step, ",")} tokens x (${py.str(peak.formula)}) x 4 bytes + masks ${py.format(mask, ",")}`;
 return new Line("compute", "compute buffer", size, text, SOURCE, low, high, reason, where);
}
return { BESIDE_LOGITS, INPUTS, NO_ROTATION, PARALLEL, POST_NORM, Peak, SHARE, SLACK, SOURCE, _attention, _beside_logits, _bytes, _experts, _latent, _line, _shared, _state, has_window, lines, masks, peaks, planned };
})();
M["vram.runtimes"] = (() => {
let BATCH, BATCH_TOKENS, CUDA, DENSE, ESTIMATE, HESSIAN, PREFILL, PYTHON, SQUARE;
const replace = py.library.dataclasses.replace;
const Dims = M["gguf.dims"].Dims;
const compute = M["vram.compute"];
const GIB = M["vram.lines"].GIB;
const MIB = M["vram.lines"].MIB;
const Line = M["vram.lines"].Line;
const NO_BLOCK = M["vram.model"].NO_BLOCK;
const Model = M["vram.model"].Model;
const block_of = M["vram.model"].block_of;
const Settings = M["vram.settings"].Settings;
const is_matrix = M["vram.weights"].is_matrix;
CUDA = "logs of llama.cpp on cards without a display: 150 MiB; on desktop cards about 1 GiB (llama.cpp issues)";
PREFILL = 2048;
([SQUARE, DENSE, BATCH, BATCH_TOKENS, HESSIAN] = py.iter([40, 36, 8, 2048, GIB]));
PYTHON = 313167872;
ESTIMATE = "src/fourbit/engine/estimate.py, which follows what fourbit.engine.walk holds";
function lines(model, settings, gpus, shared = false) {
 let expected, found, high, low, reason, text;
 if ((settings.runtime === "llama.cpp")) {
  found = py.named(compute, compute.lines, [model.dims, settings], {gpu: (gpus > 0)});
  if ((gpus > 1)) {
   py.put(found, 0, _each(py.at(found, 0), gpus));
  }
  if (!py.t(gpus)) {
   py.call(found, "append", new Line("runtime", "program", py.mul(60, MIB), "code and graphs", "measured with xllamacpp", py.mul(30, MIB), py.mul(200, MIB), "vocabulary and build", "ram"));
   return found;
  }
  text = ((gpus > 1) ? `${py.str(gpus)} x CUDA context, cuBLAS and kernels` : "CUDA context, cuBLAS and kernels");
  ([low, expected, high] = py.iter(py.made(($r) => { for (const n of py.iter([150, 350, 1024])) { $r.push(py.mul(py.mul(gpus, n), MIB)); } })));
  reason = "driver, card, and whether a desktop uses it too; Vulkan and Metal take less";
  return [...py.iter(found), new Line("runtime", "driver", expected, text, CUDA, low, high, reason)];
 }
 if ((settings.runtime === "vllm")) {
  return _vllm(model.dims, settings, gpus);
 }
 return _transformers(model.dims, settings, gpus);
}
lines.$names = ["model", "settings", "gpus", "shared"];
function _each(line, gpus) {
 let reason, sizes;
 reason = `${py.str(line.reason)}; with all layers on GPUs, inputs are held up to four times (pipeline parallelism)`;
 sizes = py.dict(py.made(($r) => { for (const key of py.iter(["bytes", "low", "high"])) { $r.push([key, py.mul(gpus, py.getattr(line, key))]); } }));
 return py.named(null, replace, [line], {...py.fields(sizes), formula: `${py.str(gpus)} x (${py.str(line.formula)})`, reason: reason});
}
function _widest(d) {
 let experts;
 experts = (py.t(d.experts) ? py.mul(py.mul(d.experts_used, 2), d.expert_feed) : 0);
 return py.add(py.max(py.max(py.made(($r) => { for (const layer of py.iter(d.layers)) { $r.push(py.mul(2, layer.feed)); } })), experts, py.mul(py.mul(3, d.heads), py.max(py.made(($r) => { for (const x of py.iter(d.layers)) { $r.push(x.key); } })))), py.mul(4, d.embed));
}
function _vllm(d, s, gpus) {
 let logits, many, text, tokens, where, work;
 ([where, tokens] = py.iter([(py.t(gpus) ? "gpu" : "ram"), py.max(PREFILL, py.min(s.context, s.batch))]));
 logits = py.mul(py.mul(py.mul(4, 2), py.max(s.sequences, 1)), d.vocab);
 work = py.add(py.mul(py.mul(2, tokens), _widest(d)), logits);
 text = `${py.format(tokens, ",")} tokens x ${py.format(_widest(d), ",")} x 2 bytes + logits ${py.format(logits, ",")}, as its profiling run allocates`;
 many = py.max(1, gpus);
 return [new Line("compute", "activations", work, text, "vLLM, vllm/v1/worker/gpu_worker.py (profile_run)", py.floordiv(work, 2), py.mul(3, work), "compiled graphs free earlier; attention backends have workspaces", where), new Line("runtime", "CUDA graphs and context", py.mul(py.mul(many, 1400), MIB), `${py.str(many)} x (context, NCCL, captured graphs)`, "vLLM documentation, 'Conserving memory': graphs take 1 to 3 GiB; --enforce-eager avoids them", py.mul(py.mul(many, 600), MIB), py.mul(py.mul(many, 3), GIB), "number of captured batch sizes", where)];
}
function _transformers(d, s, gpus) {
 let expected, found, high, low, reference, scores, sizes, text, tokens, where, work;
 ([where, tokens] = py.iter([(py.t(gpus) ? "gpu" : "ram"), s.context]));
 work = py.add(py.mul(py.mul(2, tokens), _widest(d)), py.mul(py.mul(4, s.sequences), d.vocab));
 text = `${py.format(tokens, ",")} tokens of prompt x ${py.format(_widest(d), ",")} x 2 bytes + logits of the last`;
 low = py.floordiv(work, 4);
 found = [new Line("compute", "activations", work, text, "transformers, modeling files: one forward pass of the whole prompt", low, py.mul(2, work), "the prompt may be shorter than the context; attention kernels differ", where)];
 if (!py.t(s.flash)) {
  scores = py.mul(py.mul(py.mul(py.mul(4, 2), d.heads), (py.floordiv(tokens, s.sequences) ** 2)), s.sequences);
  reference = "transformers, eager_attention_forward: scores, and their softmax in float32";
  text = `2 x ${py.str(d.heads)} heads x ${py.format(py.floordiv(tokens, s.sequences), ",")}^2 x 4 bytes, one layer at a time`;
  py.call(found, "append", py.made_of(Line, ["compute", "attention scores", scores, text, reference], {where: where}));
 }
 sizes = (py.t(gpus) ? [300, 600, 1200] : [300, 800, 1500]);
 reference = "PyTorch: CUDA context, cuBLAS workspace, the allocator's reserve";
 ([low, expected, high] = py.iter(py.made(($r) => { for (const n of py.iter(sizes)) { $r.push(py.mul(py.mul(n, MIB), py.max(1, gpus))); } })));
 py.call(found, "append", new Line("runtime", "PyTorch", expected, "context, libraries, fragments of its allocator", reference, low, high, "version and kernels that are loaded", where));
 return found;
}
function quantizing(model, tokens = 2048) {
 let blocks, codes, every, found, hessians, index, largest, matrices, most, outside, parts, reference, single, square, tensor, widest;
 matrices = py.made(($r) => { for (const t of py.iter(model.tensors)) { if (py.t(is_matrix(t))) $r.push(t); } });
 if (!py.t(matrices)) {
  return [];
 }
 blocks = py.dict([]);
 codes = py.dict([]);
 for (tensor of py.iter(model.tensors)) {
  index = block_of(tensor.name);
  py.put(blocks, index, py.add(py.call(blocks, "get", index, 0), tensor.size));
  if (py.t(is_matrix(tensor))) {
   py.put(codes, index, py.add(py.call(codes, "get", index, 0), tensor.size));
  }
 }
 outside = py.call(blocks, "pop", NO_BLOCK, 0);
 single = py.made(($r) => { for (const t of py.iter(matrices)) { $r.push([py.at(t.shape, (-2)), py.at(t.shape, (-1))]); } });
 square = (py.max(py.made(($r) => { for (const [, width] of py.iter(single)) { $r.push(width); } })) ** 2);
 every = py.dict([]);
 for (tensor of py.iter(matrices)) {
  py.call(py.call(every, "setdefault", block_of(tensor.name), py.set()), "add", py.mul(8, (py.at(tensor.shape, (-1)) ** 2)));
 }
 most = py.max(py.made(($r) => { for (const sizes of py.iter(py.call(every, "values"))) { $r.push(py.sum(sizes)); } }));
 largest = py.max(py.made(($r) => { for (const [rows, width] of py.iter(single)) { $r.push(py.mul(rows, width)); } }));
 widest = py.max(py.made(($r) => { for (const shape of py.iter(single)) { $r.push(py.max(shape)); } }));
 hessians = py.add(py.add(py.mul(SQUARE, square), py.min(py.max(0, py.sub(most, py.mul(8, square))), HESSIAN)), py.mul(DENSE, largest));
 parts = [["largest block", py.mul(4, py.max(py.call(blocks, "values"))), `${py.format(py.max(py.call(blocks, "values")), ",")} weights in float32`], ["codes and scales", py.mul(2, py.max(py.call(codes, "values"))), `${py.format(py.max(py.call(codes, "values")), ",")} weights x 2 bytes`], ["embeddings and norms", py.mul(4, outside), `${py.format(outside, ",")} weights in float32`], ["Hessians and a solve", hessians, `${py.str(SQUARE)} x ${py.format(square, ",")} + ${py.str(DENSE)} x ${py.format(largest, ",")} bytes, and the block's others`], ["activations", py.mul(py.mul(py.mul(BATCH, 4), py.max(BATCH_TOKENS, tokens)), widest), `${py.str(BATCH)} x ${py.format(py.max(BATCH_TOKENS, tokens), ",")} x ${py.format(widest, ",")} x 4`]];
 found = py.made(($r) => { for (const [name, size, text] of py.iter(parts)) { $r.push(py.made_of(Line, ["work", name, size, text, ESTIMATE], {where: "ram"})); } });
 reference = "snippets/bench/memory_curve.out";
 py.call(found, "append", new Line("runtime", "Python and libraries", PYTHON, "measured", reference, py.mul(250, MIB), py.mul(700, MIB), "platform", "ram"));
 return found;
}
return { BATCH, BATCH_TOKENS, CUDA, DENSE, ESTIMATE, HESSIAN, PREFILL, PYTHON, SQUARE, _each, _transformers, _vllm, _widest, lines, quantizing };
})();
M["vram.speed"] = (() => {
let ROOFLINE;
ROOFLINE = "Williams, Waterman, Patterson 2009: time >= bytes / bandwidth, time >= operations / peak";
class Speed extends py.Thing {
 constructor(decode, prefill, formula, reference = ROOFLINE) {
  super();
  this.decode = decode; this.prefill = prefill; this.formula = formula; this.reference = reference;
  this.__post_init__?.();
 }
}
Speed.$fields = ["decode", "prefill", "formula", "reference"];
function ceiling(read, in_prompt, tflops, sequences = 1) {
 let decode, parts, prefill, seconds, text;
 parts = py.made(($r) => { for (const [name, size, rate] of py.iter(read)) { if (py.t(size)) $r.push([name, size, rate]); } });
 ([decode, text] = py.iter([0.0, "bandwidth not known"]));
 if ((py.t(parts) && py.all(py.made(($r) => { for (const [, , rate] of py.iter(parts)) { $r.push((rate > 0)); } })))) {
  seconds = py.sum(py.made(($r) => { for (const [, size, rate] of py.iter(parts)) { $r.push((size / py.mul(rate, 1000000000.0))); } }));
  decode = (sequences / seconds);
  text = py.call(" + ", "join", py.made(($r) => { for (const [name, size, rate] of py.iter(parts)) { $r.push(`${py.format((size / 1000000000.0), ".2f")} GB / ${py.format(rate, "g")} GB/s (${py.str(name)})`); } }));
  text = `${py.str(sequences)} / (${py.str(text)})`;
 }
 prefill = ((py.t(tflops) && py.t(in_prompt)) ? (py.mul(tflops, 1000000000000.0) / py.mul(2, in_prompt)) : 0.0);
 if (py.t(prefill)) {
  text = py.add(text, `; prompt: ${py.format(tflops, "g")} TFLOPS / (2 x ${py.format((in_prompt / 1000000000.0), ".2f")} billion weights, the head aside)`);
 }
 return new Speed(decode, prefill, text);
}
return { ROOFLINE, Speed, ceiling };
})();
M["vram.place"] = (() => {
let EMBEDDINGS, FITS, MOST_CONTEXT, NOT, OFFLOAD, QUANTS, SOURCE;
const replace = py.library.dataclasses.replace;
const mix = M["gguf.mix"];
const Dims = M["gguf.dims"].Dims;
const cache = M["vram.cache"];
const runtimes = M["vram.runtimes"];
const DEFAULT_RAM = M["vram.devices"].DEFAULT_RAM;
const Device = M["vram.devices"].Device;
const LLAMA = M["vram.lines"].LLAMA;
const Line = M["vram.lines"].Line;
const total = M["vram.lines"].total;
const NO_BLOCK = M["vram.model"].NO_BLOCK;
const Model = M["vram.model"].Model;
const Settings = M["vram.settings"].Settings;
const Speed = M["vram.speed"].Speed;
const ceiling = M["vram.speed"].ceiling;
const Quant = M["vram.weights"].Quant;
const Weights = M["vram.weights"].Weights;
const weigh = M["vram.weights"].weigh;
SOURCE = py.add(LLAMA, "src/llama-model.cpp (load_tensors)");
EMBEDDINGS = ["token_embd.weight", "token_embd_norm.weight", "per_layer_token_embd.weight"];
([FITS, OFFLOAD, NOT] = py.iter(["fits", "fits with offload", "does not fit"]));
QUANTS = [...py.iter(["BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q3_K_M", "IQ3_XXS", "Q2_K"]), ...py.iter(["IQ2_M", "IQ2_XS", "IQ2_XXS", "IQ1_S"])];
MOST_CONTEXT = py.shl(1, 20);
class Placement extends py.Thing {
 constructor(verdict, on_gpu, experts_in_ram, lines, speed, tight = false) {
  super();
  this.verdict = verdict; this.on_gpu = on_gpu; this.experts_in_ram = experts_in_ram; this.lines = lines; this.speed = speed; this.tight = tight;
  this.__post_init__?.();
 }
 bytes(where, key = "bytes") {
  const self = this;
  return total(self.lines, key, where);
 }
}
Placement.$fields = ["verdict", "on_gpu", "experts_in_ram", "lines", "speed", "tight"];
class Job extends py.Thing {
 constructor(model, weights, settings, gpus = [], ram = 0, ram_bandwidth = DEFAULT_RAM, vision = false) {
  super();
  this.model = model; this.weights = weights; this.settings = settings; this.gpus = gpus; this.ram = ram; this.ram_bandwidth = ram_bandwidth; this.vision = vision;
  this.__post_init__?.();
 }
 get dims() {
  const self = this;
  return self.model.dims;
 }
 get memory() {
  const self = this;
  let least;
  if (((self.settings.runtime === "vllm") && py.t(self.gpus))) {
   least = py.min(py.made(($r) => { for (const device of py.iter(self.gpus)) { $r.push(device.memory); } }));
   return py.round(py.mul(py.mul(least, py.len(self.gpus)), self.settings.utilization));
  }
  return py.sum(py.made(($r) => { for (const device of py.iter(self.gpus)) { $r.push(device.memory); } }));
 }
}
Job.$fields = ["model", "weights", "settings", "gpus", "ram", "ram_bandwidth", "vision"];
function place(job, layers = null, experts_in_ram = null) {
 let count, k, n, tried, whole;
 count = py.len(job.dims.layers);
 if (!py.t(job.gpus)) {
  return _judged(job, 0, 0);
 }
 if (((layers != null) || (experts_in_ram != null))) {
  return _judged(job, py.min(py.add(count, 1), ((layers == null) ? py.add(count, 1) : layers)), py.min(count, py.or(experts_in_ram, () => 0)));
 }
 whole = _judged(job, py.add(count, 1), 0);
 if ((py.eq(whole.verdict, FITS) || (job.settings.runtime !== "llama.cpp"))) {
  return whole;
 }
 tried = [];
 if (py.t(job.dims.experts)) {
  k = _least(count, ((n) => _fits(job, py.add(count, 1), n)));
  if ((k != null)) {
   py.call(tried, "append", _judged(job, py.add(count, 1), k));
  }
 }
 n = _least(py.add(count, 1), ((n) => _fits(job, py.sub(py.add(count, 1), n), 0)));
 if (((n != null) && (n <= count))) {
  py.call(tried, "append", _judged(job, py.sub(py.add(count, 1), n), 0));
 }
 tried = py.made(($r) => { for (const found of py.iter(tried)) { if (!py.eq(found.verdict, NOT)) $r.push(found); } });
 return py.named(null, py.max, [tried], {key: ((found) => found.speed.decode), default: whole});
}
function _least(most, holds) {
 let high, low, middle;
 if (!py.t(holds(most))) {
  return null;
 }
 ([low, high] = py.iter([0, most]));
 while ((low < high)) {
  middle = py.floordiv(py.add(low, high), 2);
  ([low, high] = py.iter((py.t(holds(middle)) ? [low, middle] : [py.add(middle, 1), high])));
 }
 return low;
}
function _fits(job, on_gpu, experts_in_ram) {
 return _on_gpus(job, _lines(job, on_gpu, experts_in_ram), on_gpu, experts_in_ram);
}
function _on_gpus(job, lines, on_gpu, experts_in_ram) {
 let count, each, first, held, here, kept, layers, others, rooms, size;
 held = py.made(($r) => { for (const line of py.iter(lines)) { if ((line.where === "gpu")) $r.push(line); } });
 if ((total(held) > job.memory)) {
  return false;
 }
 if (((py.len(job.gpus) < 2) || (job.settings.runtime === "vllm"))) {
  return true;
 }
 kept = cache.layers(job.dims, job.settings);
 ([first, count] = py.iter([py.sub(py.add(py.len(job.dims.layers), 1), on_gpu), py.len(job.dims.layers)]));
 layers = py.made(($r) => { for (const i of py.iter(py.range(first, count))) { $r.push(py.add(py.add(py.at(py.at(job.weights.blocks, i), 0), ((i < experts_in_ram) ? 0 : py.at(py.at(job.weights.blocks, i), 1))), py.at(kept, i).bytes)); } });
 each = (py.sum(py.made(($r) => { for (const line of py.iter(held)) { if (py.in(line.part, ["compute", "output", "runtime"])) $r.push(line.bytes); } })) / py.len(job.gpus));
 rooms = py.made(($r) => { for (const device of py.iter(job.gpus)) { $r.push(py.sub(device.memory, each)); } });
 others = py.sub(py.sub(total(held), py.mul(each, py.len(job.gpus))), py.sum(layers));
 here = 0;
 for (size of py.iter([...py.iter(layers), others])) {
  while (((here < py.len(rooms)) && (py.at(rooms, here) < size))) {
   here = py.add(here, 1);
  }
  if (py.eq(here, py.len(rooms))) {
   return false;
  }
  py.put(rooms, here, py.sub(py.at(rooms, here), size));
 }
 return true;
}
function _judged(job, on_gpu, experts_in_ram) {
 let enough, lines, ram, room, tight, verdict, whole;
 lines = _lines(job, on_gpu, experts_in_ram);
 ram = py.named(null, total, [lines], {where: "ram"});
 room = (py.t(job.gpus) ? job.memory : job.ram);
 enough = py.and(py.or(!py.t(job.gpus), () => _on_gpus(job, lines, on_gpu, experts_in_ram)), () => ((ram <= job.ram) || !py.t(job.ram)));
 whole = (!py.t(job.gpus) || ((on_gpu > py.len(job.dims.layers)) && !py.t(experts_in_ram)));
 verdict = (py.t(enough) ? (py.t(whole) ? FITS : OFFLOAD) : NOT);
 tight = py.and(enough, () => ((total(lines, "high", (py.t(job.gpus) ? "gpu" : "ram")) > room) && (room > 0)));
 return new Placement(verdict, on_gpu, experts_in_ram, py.tuple(lines), _speed(job, on_gpu, experts_in_ram), tight);
}
function _lines(job, on_gpu, experts_in_ram) {
 let first, found, used;
 found = _weights(job, on_gpu, experts_in_ram);
 first = ((py.t(job.gpus) && py.t(on_gpu)) ? py.sub(py.add(py.len(job.dims.layers), 1), on_gpu) : py.len(job.dims.layers));
 found = py.add(found, py.named(cache, cache.lines, [job.dims, job.settings], {start: first}));
 found = py.add(found, py.made(($r) => { for (const line of py.iter(py.named(cache, cache.lines, [job.dims, job.settings], {stop: first}))) { $r.push(line.at("ram")); } }));
 used = (py.t(on_gpu) ? job.gpus : []);
 return py.add(found, runtimes.lines(job.model, job.settings, py.len(used), (py.bool(used) && (py.at(used, 0).kind !== "gpu"))));
}
function _split(job, on_gpu, experts_in_ram) {
 let blocks, count, embedding, experts, extra, first, gpu, outside, tied, w;
 ([w, count] = py.iter([job.weights, py.len(job.dims.layers)]));
 outside = py.sum(py.at(w.blocks, NO_BLOCK));
 blocks = py.made(($r) => { for (const i of py.iter(py.range(count))) { $r.push(py.sum(py.at(w.blocks, i))); } });
 extra = py.sub(py.sub(w.total, outside), py.sum(blocks));
 if ((!py.t(job.gpus) || !py.t(on_gpu))) {
  return [0, w.total];
 }
 if ((job.settings.runtime !== "llama.cpp")) {
  return [w.total, 0];
 }
 first = py.sub(py.add(count, 1), on_gpu);
 experts = py.sum(py.made(($r) => { for (const i of py.iter(py.range(first, py.min(count, experts_in_ram)))) { $r.push(py.at(py.at(w.blocks, i), 1)); } }));
 embedding = w.outside(...py.iter(EMBEDDINGS));
 tied = (py.t(job.dims.tied) ? w.outside("token_embd.weight") : 0);
 gpu = py.add(py.sub(py.add(py.sub(py.sum(py.slice(blocks, first, null, null)), experts), outside), embedding), tied);
 return [gpu, py.add(py.add(py.add(py.sum(py.slice(blocks, null, first, null)), experts), embedding), extra)];
}
function _weights(job, on_gpu, experts_in_ram) {
 let count, found, gpu, line, moved, name, ram, reference, size, text, where;
 line = job.weights.line();
 ([gpu, ram] = py.iter(_split(job, on_gpu, experts_in_ram)));
 ([count, found] = py.iter([py.len(job.dims.layers), []]));
 if (py.t(gpu)) {
  text = line.formula;
  if (py.t(ram)) {
   moved = (py.t(experts_in_ram) ? `, without experts of ${py.str(experts_in_ram)}` : "");
   text = `${py.str(py.min(py.sub(on_gpu, 1), count))} of ${py.str(count)} layers and the head${py.str(moved)}: ${py.str(line.formula)}`;
  }
  py.call(found, "append", py.named(null, replace, [line], {bytes: gpu, low: gpu, high: gpu, formula: text}));
 }
 if (py.t(ram)) {
  name = (((on_gpu > count) && !py.t(experts_in_ram) && py.t(gpu)) ? "input embedding" : "weights");
  text = ((name !== "weights") ? "read row by row, so it stays in RAM; a tied one is on the GPU too" : line.formula);
  reference = ((name !== "weights") ? SOURCE : line.reference);
  py.call(found, "append", py.named(null, replace, [line], {name: name, bytes: ram, low: ram, high: ram, formula: text, reference: reference, where: "ram"}));
 }
 if ((py.t(job.vision) && py.t(job.model.vision))) {
  ([size, where] = py.iter([py.mul(2, job.model.vision), (py.t(gpu) ? "gpu" : "ram")]));
  text = `about ${py.format(job.model.vision, ",")} weights x 2 bytes`;
  py.call(found, "append", new Line("weights", "vision tower", size, text, "vision_config of its config.json", py.floordiv(py.mul(size, 9), 10), py.floordiv(py.mul(size, 6), 5), "projector and positions are not counted", where));
 }
 return found;
}
function _speed(job, on_gpu, experts_in_ram) {
 let d, first, head, here, i, kept, parts, rate, rates, reads, share, tflops, w;
 ([w, d] = py.iter([job.weights, job.dims]));
 share = (py.t(d.experts) ? (d.experts_used / d.experts) : 1.0);
 if ((py.t(d.experts) && (job.settings.sequences > 1))) {
  share = py.sub(1, (py.sub(1, share) ** job.settings.sequences));
 }
 first = ((py.t(job.gpus) && py.t(on_gpu)) ? py.sub(py.add(py.len(d.layers), 1), on_gpu) : py.len(d.layers));
 head = py.add(py.sub(py.sum(py.at(w.blocks, NO_BLOCK)), w.outside(...py.iter(EMBEDDINGS))), (py.t(d.tied) ? w.outside("token_embd.weight") : 0));
 reads = py.dict([["gpu", 0.0], ["ram", 0.0]]);
 kept = cache.layers(d, job.settings);
 for (i of py.iter(py.range(py.len(d.layers)))) {
  here = ((i >= first) ? "gpu" : "ram");
  py.put(reads, here, py.add(py.at(reads, here), py.add(py.at(py.at(w.blocks, i), 0), py.at(kept, i).bytes)));
  py.put(reads, ((i < experts_in_ram) ? "ram" : here), py.add(py.at(reads, ((i < experts_in_ram) ? "ram" : here)), py.mul(share, py.at(py.at(w.blocks, i), 1))));
 }
 py.put(reads, ((py.t(job.gpus) && py.t(on_gpu)) ? "gpu" : "ram"), py.add(py.at(reads, ((py.t(job.gpus) && py.t(on_gpu)) ? "gpu" : "ram")), head));
 rates = py.made(($r) => { for (const device of py.iter(job.gpus)) { $r.push(device.bandwidth); } });
 rate = py.mul(py.named(null, py.min, [rates], {default: 0.0}), ((job.settings.runtime === "vllm") ? py.len(rates) : 1));
 tflops = (((on_gpu > py.len(d.layers)) && !py.t(experts_in_ram)) ? py.named(null, py.min, [py.made(($r) => { for (const device of py.iter(job.gpus)) { $r.push(device.tflops); } })], {default: 0.0}) : 0);
 parts = [["GPU", py.round(py.at(reads, "gpu")), rate], ["RAM", py.round(py.at(reads, "ram")), job.ram_bandwidth]];
 return ceiling(parts, job.model.active_in_prompt, tflops, job.settings.sequences);
}
function most_context(job) {
 let count, limit;
 limit = py.min(MOST_CONTEXT, py.or(job.dims.context, () => MOST_CONTEXT));
 function over(steps) {
  return !py.eq(place(py.named(null, replace, [job], {settings: py.named(null, replace, [job.settings], {context: py.mul(256, py.add(steps, 1))})}), ...py.iter(whole(job))).verdict, FITS);
 }
 count = _least(py.floordiv(limit, 256), over);
 return (((count == null) || (count >= py.floordiv(limit, 256))) ? py.mul(py.floordiv(limit, 256), 256) : py.mul(256, count));
}
function best_quant(job) {
 let least, name, weights;
 for (name of py.iter(QUANTS)) {
  least = (py.mul(py.mul(0.9, py.at(mix.FILE_TYPES, name).base.bits), job.model.parameters) / 8);
  if ((least > py.or(job.memory, () => job.ram))) {
   continue;
  }
  weights = weigh(job.model, py.method(Quant, "parse", [name], {imatrix: py.call(name, "startswith", "I")}));
  if (py.eq(place(py.named(null, replace, [job], {weights: weights}), ...py.iter(whole(job))).verdict, FITS)) {
   return name;
  }
 }
 return null;
}
function whole(job) {
 return (py.t(job.gpus) ? [py.add(py.len(job.dims.layers), 1), 0] : [null, null]);
}
return { EMBEDDINGS, FITS, Job, MOST_CONTEXT, NOT, OFFLOAD, Placement, QUANTS, SOURCE, _fits, _judged, _least, _lines, _on_gpus, _speed, _split, _weights, best_quant, most_context, place, whole };
})();
M["vram.estimate"] = (() => {
const asdict = py.library.dataclasses.asdict;
const replace = py.library.dataclasses.replace;
const place = M["vram.place"];
const runtimes = M["vram.runtimes"];
const tables = M["vram.tables"];
const DEFAULT_RAM = M["vram.devices"].DEFAULT_RAM;
const Device = M["vram.devices"].Device;
const GIB = M["vram.lines"].GIB;
const Line = M["vram.lines"].Line;
const size = M["vram.lines"].size;
const total = M["vram.lines"].total;
const Model = M["vram.model"].Model;
const FITS = M["vram.place"].FITS;
const Job = M["vram.place"].Job;
const Placement = M["vram.place"].Placement;
const Settings = M["vram.settings"].Settings;
const Quant = M["vram.weights"].Quant;
const Weights = M["vram.weights"].Weights;
const weigh = M["vram.weights"].weigh;
class Estimate extends py.Thing {
 constructor(model, weights, settings, gpus, ram, lines, placement, advice, warnings) {
  super();
  this.model = model; this.weights = weights; this.settings = settings; this.gpus = gpus; this.ram = ram; this.lines = lines; this.placement = placement; this.advice = advice; this.warnings = warnings;
  this.__post_init__?.();
 }
 as_dict() {
  const self = this;
  let found;
  found = self.placement;
  return py.dict([["model", self.model.name], ["architecture", self.model.dims.arch], ["source", self.model.source], ["parameters", self.model.parameters], ["active_parameters", self.model.active], ["quant", self.weights.quant], ["bits_per_weight", py.round(self.weights.bits, 4)], ["weights_bytes", self.weights.total], ["settings", asdict(self.settings)], ["gpus", py.made(($r) => { for (const device of py.iter(self.gpus)) { $r.push(asdict(device)); } })], ["ram", self.ram], ["lines", py.made(($r) => { for (const line of py.iter(self.lines)) { $r.push(line.as_dict()); } })], ["total", py.dict(py.made(($r) => { for (const key of py.iter(["low", "bytes", "high"])) { $r.push([key, total(self.lines, key)]); } }))], ["gpu", py.dict(py.made(($r) => { for (const key of py.iter(["low", "bytes", "high"])) { $r.push([key, total(self.lines, key, "gpu")]); } }))], ["ram_needed", py.dict(py.made(($r) => { for (const key of py.iter(["low", "bytes", "high"])) { $r.push([key, total(self.lines, key, "ram")]); } }))], ["verdict", py.and(found, () => found.verdict)], ["tight", py.and(found, () => found.tight)], ["layers_on_gpu", py.and(found, () => found.on_gpu)], ["experts_in_ram", py.and(found, () => found.experts_in_ram)], ["speed", py.and(found, () => asdict(found.speed))], ["advice", py.list(self.advice)], ["warnings", py.list(self.warnings)]]);
 }
}
Estimate.$fields = ["model", "weights", "settings", "gpus", "ram", "lines", "placement", "advice", "warnings"];
function estimate(model, quant, settings = null, gpus = [], ram = 0, ram_bandwidth = DEFAULT_RAM, layers = null, experts_in_ram = null, vision = false, advise = true) {
 let advice, found, job, lines, usable, weights;
 settings = py.or(settings, () => new Settings());
 weights = weigh(model, quant);
 if ((settings.runtime === "quantize")) {
  lines = py.tuple(runtimes.quantizing(model, settings.context));
  return new Estimate(model, weights, settings, py.tuple(gpus), ram, lines, null, [], model.notes);
 }
 usable = py.made(($r) => { for (const device of py.iter(gpus)) { if ((device.kind !== "cpu")) $r.push(device); } });
 if ((py.t(gpus) && !py.t(usable))) {
  ([ram, ram_bandwidth] = py.iter([py.or(ram, () => py.at(gpus, 0).memory), py.at(gpus, 0).bandwidth]));
 }
 job = new Job(model, weights, settings, usable, ram, ram_bandwidth, vision);
 found = place.place(job, layers, experts_in_ram);
 advice = ((py.t(advise) && (py.t(usable) || py.t(ram))) ? _advice(job, found) : []);
 return new Estimate(model, weights, settings, py.tuple(gpus), ram, found.lines, found, advice, warnings(model, settings));
}
estimate.$names = ["model", "quant", "settings", "gpus", "ram", "ram_bandwidth", "layers", "experts_in_ram", "vision", "advise"];
function warnings(model, settings) {
 let each, found, limit;
 ([found, limit] = py.iter([py.list(model.notes), model.dims.context]));
 each = (py.t(settings.unified) ? settings.context : py.floordiv(settings.context, settings.sequences));
 if ((py.t(limit) && (each > limit))) {
  py.call(found, "append", `${py.format(each, ",")} tokens of context: ${py.str(model.name)} was trained for ${py.format(limit, ",")}; memory is counted all the same`);
 }
 if ((settings.sequences > settings.context)) {
  py.call(found, "append", `${py.format(settings.sequences, ",")} sequences share ${py.format(settings.context, ",")} tokens of context`);
 }
 return py.tuple(found);
}
function _advice(job, found) {
 let best, context, most, need, said, smaller;
 ([said, context] = py.iter([[], job.settings.context]));
 most = place.most_context(job);
 if (py.eq(found.verdict, FITS)) {
  if ((most > context)) {
   py.call(said, "append", `up to ${py.format(most, ",")} tokens of context fit with ${py.str(job.weights.quant)}`);
  }
  return py.tuple(said);
 }
 if (py.t(most)) {
  py.call(said, "append", `--context ${py.str(most)}: with ${py.str(job.weights.quant)}, that fits whole`);
 }
 best = place.best_quant(job);
 if (py.t(best)) {
  py.call(said, "append", `--quant ${py.str(best)}: at ${py.format(context, ",")} tokens, the best that fits whole`);
 }
 if (((job.settings.runtime === "llama.cpp") && py.t(job.settings.flash) && (job.settings.type_k === "f16"))) {
  smaller = py.named(null, replace, [job], {settings: py.named(null, replace, [job.settings], {type_k: "q8_0", type_v: "q8_0"})});
  if (py.eq(place.place(smaller, ...py.iter(place.whole(job))).verdict, FITS)) {
   py.call(said, "append", "--cache q8_0: with an 8-bit cache it fits whole");
  }
 }
 need = (py.t(job.gpus) ? py.named(null, total, [place.place(job, ...py.iter(place.whole(job))).lines], {where: "gpu"}) : 0);
 if (py.t(need)) {
  py.call(said, "append", `a GPU with ${py.str(size(need))} or more${py.str(_card(need))}`);
 }
 return py.tuple(said);
}
function _card(need) {
 let best;
 best = tables.card((need / GIB));
 return (py.t(best) ? `, such as ${py.str(py.at(best, "name"))} (${py.format(py.at(best, "memory"), "g")} GB)` : "; no single card of the table has that");
}
function compare(model, quants, contexts, settings, gpus = [], ram = 0) {
 let asked, context, found, name, quant, rows;
 rows = [];
 for (name of py.iter(quants)) {
  quant = py.method(Quant, "parse", [name], {imatrix: py.call(py.call(name, "upper"), "startswith", "IQ")});
  for (context of py.iter(contexts)) {
   asked = py.named(null, replace, [settings], {context: context});
   found = py.named(null, estimate, [model, quant, asked, gpus], {ram: ram, advise: false});
   py.call(rows, "append", py.dict([["quant", found.weights.quant], ["context", context], ["bits_per_weight", py.round(found.weights.bits, 4)], ["bytes", total(found.lines)], ["gpu_bytes", py.named(null, total, [found.lines], {where: "gpu"})], ["verdict", py.and(found.placement, () => found.placement.verdict)]]));
  }
 }
 return rows;
}
return { Estimate, _advice, _card, compare, estimate, warnings };
})();
return M;
})(globalThis.fourbitPython);
