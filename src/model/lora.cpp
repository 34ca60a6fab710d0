#include "model/lora.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "format/safetensors.h"
#include "hearth/error.h"
#include "model/weight_loader.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kParametrized = ".parametrizations.weight.";
constexpr std::int64_t kMaxRank = 4096;

// The prompts of jina-embeddings-v3's two retrieval tasks (its config.json: task_instructions), for layouts that leave
// them out.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kJinaPrompts = {
    {{"retrieval.query", "Represent the query for retrieving evidence documents: "},
     {"retrieval.passage", "Represent the document for retrieval: "}}};

// PEFT folders cannot hold every character of a task's name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kTaskOfFolder = {
    {{"retrieval_query", "retrieval.query"},
     {"retrieval_passage", "retrieval.passage"},
     {"text_matching", "text-matching"}}};

[[noreturn]] void fail(const std::string& where, std::string_view name, const std::string& problem) {
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: adapter tensor '{}' {}", where, name, problem));
}

std::string_view lookup(const auto& pairs, std::string_view key, std::string_view otherwise) {
  for (const auto& [from, to] : pairs) {
    if (from == key) return to;
  }
  return otherwise;
}

/// The two tensors of a pair as F32 with their shapes checked against rank, n_in and n_out.
LoraPair make_pair(const Tensor& a, const Tensor& b, std::int64_t n_out, std::int64_t n_in, float scale,
                   const std::string& where, std::string_view name) {
  for (const Tensor* t : {&a, &b}) {
    if (!dtype_info(t->dtype).is_weight || is_quantized(t->dtype))
      fail(where, name, fmt::format("has type {}", dtype_name(t->dtype)));
  }
  if (a.shape.size() != 2 || a.shape[0] < 1 || a.shape[0] > kMaxRank || a.shape[1] != n_in) {
    fail(where, name, fmt::format("has an A of shape {}, expected [rank, {}]", a.shape.to_string(), n_in));
  }
  if (!(b.shape == Shape{n_out, a.shape[0]})) {
    fail(where, name, fmt::format("has a B of shape {}, expected [{}, {}]", b.shape.to_string(), n_out, a.shape[0]));
  }
  return {to_f32(a), to_f32(b), scale};
}

/// Embedding pairs after their layout is brought to a [n_rows, r], b [n_embd, r].
LoraPair make_embedding_pair(const Tensor& a, const Tensor& b, std::int64_t n_rows, std::int64_t n_embd, float scale,
                             const std::string& where, std::string_view name) {
  if (a.shape.size() != 2 || a.shape[0] != n_rows || a.shape[1] < 1 || a.shape[1] > kMaxRank ||
      !(b.shape == Shape{n_embd, a.shape[1]})) {
    fail(where, name,
         fmt::format("has shapes {} and {} for an embedding of {} rows of {}", a.shape.to_string(), b.shape.to_string(),
                     n_rows, n_embd));
  }
  for (const Tensor* t : {&a, &b}) {
    if (!dtype_info(t->dtype).is_weight || is_quantized(t->dtype))
      fail(where, name, fmt::format("has type {}", dtype_name(t->dtype)));
  }
  return {to_f32(a), to_f32(b), scale};
}

Tensor checked_transpose(const Tensor& t, const std::string& where, std::string_view name) {
  if (t.shape.size() != 2 || is_quantized(t.dtype)) fail(where, name, fmt::format("has shape {}", t.shape.to_string()));
  return transposed(t);
}

/// Part `index` along the first axis of a rank-3 tensor, as a matrix.
Tensor slice(const Tensor& t, std::int64_t index, std::int64_t count, const std::string& where, std::string_view name) {
  if (t.shape.size() != 3 || t.shape[0] != count || is_quantized(t.dtype)) {
    fail(where, name, fmt::format("has shape {}, expected {} matrices", t.shape.to_string(), count));
  }
  Tensor part = t;
  part.shape = {t.shape[1], t.shape[2]};
  part.data += static_cast<std::size_t>(index) * part.bytes();
  return part;
}

/// q, k and v of an adapter made for the fused matrix: A is shared, B is cut.
void split_qkv(const LoraPair& fused, const TransformerSpec& spec, LayerAdapter& layer) {
  const std::int64_t q = spec.n_head * spec.head_dim;
  const std::int64_t kv = spec.n_head_kv * spec.head_dim;
  layer.q = {fused.a, fused.b.rows(0, q), fused.scale};
  layer.k = {fused.a, fused.b.rows(q, q + kv), fused.scale};
  layer.v = {fused.a, fused.b.rows(q + kv, q + 2 * kv), fused.scale};
}

/// Moves "X.parametrizations.weight.original" to "X.weight"; returns the rest of the parametrisations by their full
/// names.
std::map<std::string, Tensor, std::less<>> split_parametrizations(HfFolder& folder) {
  TensorTable plain;
  std::map<std::string, Tensor, std::less<>> pairs;
  const std::string where = folder.path.string();
  for (const auto& [name, tensor] : folder.tensors.all()) {
    const std::size_t at = name.find(kParametrized);
    if (at == std::string::npos) {
      plain.add(name, tensor, where);
    } else if (name.substr(at + kParametrized.size()) == "original") {
      plain.add(name.substr(0, at) + ".weight", tensor, where);
    } else {
      pairs.emplace(name, tensor);
    }
  }
  folder.tensors = std::move(plain);
  return pairs;
}

class ParametrizedAdapters {
 public:
  ParametrizedAdapters(const HfFolder& folder, std::map<std::string, Tensor, std::less<>> tensors,
                       const TensorNames& names, const TransformerSpec& spec)
      : where_(folder.path.string()),
        config_(folder.config, (folder.path / "config.json").string()),
        tensors_(std::move(tensors)),
        names_(names),
        spec_(spec),
        prefix_(find_prefix(folder.tensors, names, where_)) {}

  std::vector<Adapter> load() {
    const json::array* tasks = config_.array("lora_adaptations");
    if (tasks == nullptr || tasks->empty())
      config_.fail("lora_adaptations", "is missing, but the weights hold adapters");
    const double rank = static_cast<double>(config_.require_integer("lora_rank"));
    const float scale = static_cast<float>(config_.number("lora_alpha").value_or(1.0) / rank);
    if (!std::isfinite(scale)) config_.fail("lora_rank", "must not be 0");
    std::vector<Adapter> adapters;
    for (std::size_t i = 0; i < tasks->size(); ++i) {
      if (!(*tasks)[i].is_string()) config_.fail("lora_adaptations", "must hold names");
      task_ = static_cast<std::int64_t>(i);
      count_ = static_cast<std::int64_t>(tasks->size());
      Adapter adapter = one(scale);
      adapter.name = (*tasks)[i].get_string();
      if (const auto prompts = config_.object("task_instructions"))
        adapter.prompt = prompts->string(adapter.name).value_or("");
      adapters.push_back(std::move(adapter));
    }
    refuse_unused();
    return adapters;
  }

 private:
  const Tensor& require(const std::string& name) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail(where_, name, "is missing");
    used_.insert(name);
    return found->second;
  }

  Tensor part(const std::string& stem, const char* which) {
    const std::string name = stem + std::string(kParametrized) + "0." + which;
    return slice(require(name), task_, count_, where_, name);
  }

  LoraPair linear(const std::string& stem, std::int64_t n_out, std::int64_t n_in, float scale) {
    return make_pair(part(stem, "lora_A"), part(stem, "lora_B"), n_out, n_in, scale, where_, stem);
  }

  LoraPair embedding(const std::string& stem, std::int64_t n_rows, float scale) {
    return make_embedding_pair(part(stem, "lora_A"), checked_transpose(part(stem, "lora_B"), where_, stem), n_rows,
                               spec_.n_embd, scale, where_, stem);
  }

  Adapter one(float scale) {
    Adapter adapter;
    const std::int64_t d = spec_.n_embd;
    adapter.token_embedding = embedding(prefix_ + names_.token_embedding, spec_.n_vocab, scale);
    const std::string type_name = prefix_ + names_.token_type + std::string(kParametrized) + "0.lora_A";
    const Tensor& types = require(type_name);
    if (types.shape.size() != 3) fail(where_, type_name, fmt::format("has shape {}", types.shape.to_string()));
    adapter.token_type = embedding(prefix_ + names_.token_type, types.shape[1], scale);
    const std::int64_t q = spec_.n_head * spec_.head_dim;
    const std::int64_t kv = spec_.n_head_kv * spec_.head_dim;
    for (std::int64_t i = 0; i < spec_.n_layer; ++i) {
      const std::string at = prefix_ + fmt::format(fmt::runtime(names_.layer), i);
      LayerAdapter layer;
      split_qkv(linear(at + names_.qkv, q + 2 * kv, d, scale), spec_, layer);
      layer.output = linear(at + names_.attention_output, d, q, scale);
      layer.up = linear(at + names_.up, spec_.n_ff, d, scale);
      layer.down = linear(at + names_.down, d, spec_.n_ff, scale);
      adapter.layers.push_back(std::move(layer));
    }
    return adapter;
  }

  void refuse_unused() const {
    for (const auto& [name, tensor] : tensors_) {
      if (!used_.contains(name) && name.find("pooler.dense") == std::string::npos)
        fail(where_, name, "has no place in this model");
    }
  }

  std::string where_;
  JsonObject config_;
  std::map<std::string, Tensor, std::less<>> tensors_;
  const TensorNames& names_;
  const TransformerSpec& spec_;
  std::string prefix_;
  std::set<std::string, std::less<>> used_;
  std::int64_t task_ = 0, count_ = 0;
};

/// One PEFT folder: adapter_config.json + adapter_model.safetensors.
Adapter load_peft(const fs::path& path, const TransformerSpec& spec) {
  const std::string config_path = (path / "adapter_config.json").string();
  const json::value config_json = load_json(config_path);
  const JsonObject config(config_json, config_path);
  if (config.string("peft_type").value_or("LORA") != "LORA") config.fail("peft_type", "is not LORA");
  if (config.boolean("use_dora").value_or(false)) config.fail("use_dora", "is true, which is not supported");
  if (config.string("bias").value_or("none") != "none") config.fail("bias", "must be none");
  const auto rank = static_cast<double>(config.require_integer("r"));
  const double alpha = config.number("lora_alpha").value_or(rank);
  const auto scale =
      static_cast<float>(alpha / (config.boolean("use_rslora").value_or(false) ? std::sqrt(rank) : rank));
  if (!std::isfinite(scale)) config.fail("r", "must not be 0");

  TensorTable table;
  const std::string where = (path / "adapter_model.safetensors").string();
  read_safetensors(where, table);
  Adapter adapter;
  adapter.layers.resize(static_cast<std::size_t>(spec.n_layer));
  std::set<std::string, std::less<>> used;
  const auto get = [&](const std::string& name) -> const Tensor& {
    const Tensor* tensor = table.find("base_model.model." + name);
    if (tensor == nullptr) fail(where, name, "is missing");
    used.insert("base_model.model." + name);
    return *tensor;
  };
  const auto has = [&](const std::string& name) { return table.find("base_model.model." + name) != nullptr; };

  const auto embedding = [&](const std::string& stem, std::int64_t n_rows) -> LoraPair {
    if (!has(stem + ".lora_embedding_A")) return {};
    return make_embedding_pair(checked_transpose(get(stem + ".lora_embedding_A"), where, stem),
                               get(stem + ".lora_embedding_B"), n_rows, spec.n_embd, scale, where, stem);
  };
  adapter.token_embedding = embedding("embeddings.word_embeddings", spec.n_vocab);
  adapter.token_type = embedding("embeddings.token_type_embeddings", 1);

  const std::int64_t d = spec.n_embd;
  const std::int64_t q = spec.n_head * spec.head_dim;
  const std::int64_t kv = spec.n_head_kv * spec.head_dim;
  for (std::int64_t i = 0; i < spec.n_layer; ++i) {
    const auto linear = [&](const char* module, std::int64_t n_out, std::int64_t n_in) -> LoraPair {
      const std::string stem = fmt::format("layers.{}.{}", i, module);
      if (!has(stem + ".lora_A.weight")) return {};
      return make_pair(get(stem + ".lora_A.weight"), get(stem + ".lora_B.weight"), n_out, n_in, scale, where, stem);
    };
    LayerAdapter& layer = adapter.layers[static_cast<std::size_t>(i)];
    layer.q = linear("self_attn.q_proj", q, d);
    layer.k = linear("self_attn.k_proj", kv, d);
    layer.v = linear("self_attn.v_proj", kv, d);
    layer.output = linear("self_attn.o_proj", d, q);
    layer.up = linear("mlp.fc1", spec.n_ff, d);
    layer.down = linear("mlp.fc2", d, spec.n_ff);
  }
  for (const auto& [name, tensor] : table.all()) {
    if (!used.contains(name)) fail(where, name, "has no place in this model");
  }
  return adapter;
}

std::vector<Adapter> load_peft_folders(const fs::path& folder, const TransformerSpec& spec) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (fs::is_regular_file(entry.path() / "adapter_config.json")) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Adapter> adapters;
  for (const fs::path& path : paths) {
    Adapter adapter = load_peft(path, spec);
    const std::string folder_name = path.filename().string();
    adapter.name = lookup(kTaskOfFolder, folder_name, folder_name);
    adapter.prompt = lookup(kJinaPrompts, adapter.name, "");
    adapters.push_back(std::move(adapter));
  }
  return adapters;
}

}  // namespace

void add_embedding_adapter(const LoraPair& pair, std::int64_t row, std::span<float> x) {
  const std::int64_t rank = pair.a.shape[1];
  const float* a = pair.a.f32().data() + row * rank;
  const float* b = pair.b.f32().data();
  for (std::size_t i = 0; i < x.size(); ++i) {
    float sum = 0;
    for (std::int64_t r = 0; r < rank; ++r) sum += b[static_cast<std::int64_t>(i) * rank + r] * a[r];
    x[i] += pair.scale * sum;
  }
}

std::vector<Adapter> load_adapters(HfFolder& folder, const TensorNames& names, const TransformerSpec& spec) {
  auto parametrized = split_parametrizations(folder);
  if (!parametrized.empty()) return ParametrizedAdapters(folder, std::move(parametrized), names, spec).load();
  return load_peft_folders(folder.path, spec);
}

}  // namespace hearth
