#include "hub/model_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "hub/catalog/quantization_label.h"

namespace hearth {
namespace {

constexpr std::array<std::string_view, 20> kCompanions = {"config.json",
                                                          "generation_config.json",
                                                          "tokenizer.json",
                                                          "tokenizer_config.json",
                                                          "tokenizer.model",
                                                          "sentencepiece.bpe.model",
                                                          "spiece.model",
                                                          "special_tokens_map.json",
                                                          "added_tokens.json",
                                                          "vocab.json",
                                                          "vocab.txt",
                                                          "merges.txt",
                                                          "chat_template.jinja",
                                                          "chat_template.json",
                                                          "model.safetensors.index.json",
                                                          "modules.json",
                                                          "sentence_bert_config.json",
                                                          "config_sentence_transformers.json",
                                                          "adapter_config.json",
                                                          "1_Pooling/config.json"};
constexpr int kMaxParts = 10'000;

bool is_companion(std::string_view name) {
  return std::find(kCompanions.begin(), kCompanions.end(), name) != kCompanions.end();
}

bool is_shard(std::string_view name) {
  return name.find('/') == std::string_view::npos && name.ends_with(".safetensors") &&
         !name.starts_with("consolidated") && !name.starts_with("adapter_model");
}

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "model-00001-of-00002.safetensors".
bool is_numbered(std::string_view name) {
  constexpr std::string_view kEnd = ".safetensors";
  if (!name.starts_with("model-") || !name.ends_with(kEnd)) return false;
  name.remove_suffix(kEnd.size());
  const std::string as_gguf = std::string(name) + ".gguf";
  std::string stem;
  int part = 0;
  int parts = 0;
  return parse_split_name(as_gguf, stem, part, parts);
}

bool is_other_gguf(std::string_view name) {
  return name.find("mmproj") != std::string_view::npos || name.find("imatrix") != std::string_view::npos;
}

std::string quantization_of(const std::string& name) {
  const QuantizationLabel* found = quantization_in_file_name(name);
  return found == nullptr ? "" : std::string(found->name);
}

void add_ggufs(std::span<const NamedSize> files, std::vector<ModelFiles>& models) {
  std::map<std::pair<std::string, int>, std::map<int, const NamedSize*>> splits;
  for (const NamedSize& file : files) {
    if (!file.name.ends_with(".gguf") || is_other_gguf(file.name)) continue;
    std::string stem;
    int part = 0;
    int parts = 0;
    if (parse_split_name(file.name, stem, part, parts)) {
      splits[{stem, parts}][part] = &file;
      continue;
    }
    models.push_back({true, quantization_of(file.name), {file.name}, file.bytes, file.bytes});
  }
  for (const auto& [key, parts] : splits) {
    if (static_cast<int>(parts.size()) != key.second) continue;
    ModelFiles model;
    model.is_gguf = true;
    model.quantization = quantization_of(key.first);
    for (const auto& [number, file] : parts) {
      model.files.push_back(file->name);
      model.bytes += file->bytes;
    }
    model.weight_bytes = model.bytes;
    models.push_back(std::move(model));
  }
}

void add_safetensors(std::span<const NamedSize> files, std::vector<ModelFiles>& models) {
  ModelFiles model;
  bool has_config = false;
  std::vector<const NamedSize*> shards;
  const NamedSize* single = nullptr;
  for (const NamedSize& file : files) {
    if (file.name == "config.json") {
      has_config = true;
      model.files.insert(model.files.begin(), file.name);
      model.bytes += file.bytes;
    } else if (is_companion(file.name)) {
      model.files.push_back(file.name);
      model.bytes += file.bytes;
    } else if (file.name == "model.safetensors") {
      single = &file;
    } else if (is_shard(file.name)) {
      shards.push_back(&file);
    }
  }
  if (single != nullptr) shards = {single};
  // Next to a numbered set lie at times the same weights once more, in other numbers or for another program.
  const auto is_loose = [](const NamedSize* shard) { return !is_numbered(shard->name); };
  if (!std::all_of(shards.begin(), shards.end(), is_loose)) std::erase_if(shards, is_loose);
  if (!has_config || shards.empty()) return;
  for (const NamedSize* shard : shards) {
    model.files.push_back(shard->name);
    model.bytes += shard->bytes;
    model.weight_bytes += shard->bytes;
  }
  models.push_back(std::move(model));
}

bool runs(const ModelFiles& model) {
  const QuantizationLabel* label = find_quantization_label(model.quantization);
  return label == nullptr || label->runs;
}

std::string gibibytes(std::uint64_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (std::uint64_t{1} << 30));
}

}  // namespace

bool parse_split_name(std::string_view name, std::string& stem, int& part, int& parts) {
  constexpr std::string_view kEnd = ".gguf";
  constexpr std::size_t kTail = 15;  // "-00002-of-00003"
  if (!name.ends_with(kEnd) || name.size() <= kTail + kEnd.size()) return false;
  const std::string_view body = name.substr(0, name.size() - kEnd.size());
  const std::string_view tail = body.substr(body.size() - kTail);
  if (tail[0] != '-' || tail.substr(6, 4) != "-of-" || !is_digits(tail.substr(1, 5)) ||
      !is_digits(tail.substr(10, 5))) {
    return false;
  }
  part = std::stoi(std::string(tail.substr(1, 5)));
  parts = std::stoi(std::string(tail.substr(10, 5)));
  stem = body.substr(0, body.size() - kTail);
  return part >= 1 && part <= parts && parts <= kMaxParts;
}

std::vector<ModelFiles> find_models(std::span<const NamedSize> files) {
  std::vector<ModelFiles> models;
  add_ggufs(files, models);
  std::stable_sort(models.begin(), models.end(), [](const ModelFiles& a, const ModelFiles& b) {
    return quality_rank(a.quantization) < quality_rank(b.quantization);
  });
  add_safetensors(files, models);
  return models;
}

bool is_wanted_file(std::string_view name) { return is_companion(name) || name.ends_with(".gguf") || is_shard(name); }

Choice choose_quantization(std::span<const ModelFiles> models, std::uint64_t memory,
                           const std::function<std::uint64_t(const ModelFiles&)>& need) {
  const auto called = [](const ModelFiles& model) {
    if (!model.is_gguf) return std::string("the folder of safetensors");
    return model.quantization.empty() ? model.files.front() : model.quantization;
  };
  if (models.size() == 1) {
    const bool fits = need(models[0]) <= memory;
    return {0, fmt::format("{}: the only one there is", called(models[0])), fits};
  }
  const std::size_t best_default = quality_rank("Q8_0");
  std::size_t smallest = models.size();
  for (std::size_t i = 0; i < models.size(); ++i) {
    const bool is_smaller = smallest == models.size() || models[i].weight_bytes < models[smallest].weight_bytes;
    if (runs(models[i]) && is_smaller) smallest = i;
  }
  if (smallest == models.size()) return {0, fmt::format("{}: Hearth runs none of them", called(models[0])), false};
  for (const bool allow_large : {false, true}) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      const bool is_large = quality_rank(models[i].quantization) < best_default;
      if (is_large != allow_large || !runs(models[i]) || need(models[i]) > memory) continue;
      return {i, fmt::format("{}: the best that fits into {} of memory", called(models[i]), gibibytes(memory)), true};
    }
  }
  return {smallest,
          fmt::format("{}: the smallest; it needs {} and {} are free", called(models[smallest]),
                      gibibytes(need(models[smallest])), gibibytes(memory)),
          false};
}

}  // namespace hearth
