#include "model/loaded_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include "hearth/error.h"
#include "model/architecture.h"
#include "model/model_metadata.h"
#include "model/weight_loader.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

// Tokens that end an answer wherever they are control tokens: the end-of-turn marks of the families that chat.
constexpr std::array<std::string_view, 12> kEndOfTurnTokens = {
    "<|im_end|>",      "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>",         "<|endoftext|>",
    "<|end_of_text|>", "<EOT>",      "▁<EOT>",     "<|EOT|>", "<｜end▁of▁sentence｜>", "<|end_of_turn|>"};

void find_stop_tokens(LoadedModel& model, const std::vector<std::int64_t>& declared) {
  std::set<TokenId> stop;
  for (const std::int64_t id : declared) {
    if (id >= 0 && id < model.spec.n_vocab) stop.insert(static_cast<TokenId>(id));
  }
  if (const auto eos = model.tokenizer->eos()) stop.insert(*eos);
  for (const std::string_view text : kEndOfTurnTokens) {
    const auto id = model.tokenizer->find(text);
    if (id && model.tokenizer->is_special(*id)) stop.insert(*id);
  }
  model.stop_tokens.assign(stop.begin(), stop.end());
}

void find_chat_template(LoadedModel& model, const std::string& source) {
  if (!model.spec.generates()) return;
  if (!source.empty()) {
    model.chat_template = ChatTemplate::parse(source, model.path + ": chat template");
    model.chat_template_origin = "model";
    return;
  }
  const auto has_token = [&](std::string_view text) { return model.tokenizer->find(text).has_value(); };
  if (const auto builtin = guess_builtin_template(model.spec.architecture, model.name, has_token)) {
    model.chat_template = ChatTemplate::builtin(*builtin);
    model.chat_template_origin = fmt::format("built-in {}", *builtin);
  }
}

void check_vocabulary(const LoadedModel& model, bool must_match) {
  const std::int64_t tokens = model.tokenizer->vocab_size();
  const std::int64_t rows = model.spec.n_vocab;
  if (must_match ? tokens != rows : tokens > rows + kMaxTokensBeyondRows) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: the tokenizer has {} tokens, the embedding {} rows", model.path, tokens, rows),
                "the tokenizer belongs to another model");
  }
}

void finish(LoadedModel& model, const TensorNames& names, const LoadOptions& options) {
  complete_and_check(model.spec, model.path);
  if (model.spec.rope.switches() && model.spec.rope.inv_freq.size() != model.spec.rope.inv_freq_long.size()) {
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: short and long rope factors differ in number", model.path));
  }
  if (options.depth != LoadDepth::kComplete) return;
  model.weights = load_weights(model.tensors, names, model.spec, model.path);
  pack_weights(model.weights, options.packing);
}

LoadedModel load_gguf(const std::string& path, const LoadOptions& options) {
  const std::shared_ptr<const GgufFile> file = GgufFile::open(path);
  const std::string architecture_name = file->require_string("general.architecture");
  const Architecture& architecture = find_gguf_architecture(architecture_name, path);

  LoadedModel model;
  model.path = path;
  model.format = fmt::format("GGUF v{}", file->version());
  model.name = file->string("general.name").value_or("");
  model.license = file->string("general.license").value_or("");
  model.file_bytes = file->file_bytes();
  model.tensors = file->tensors();
  model.metadata = gguf_metadata_text(*file);
  model.spec = architecture.from_gguf(*file, architecture_name);
  model.sampling = gguf_sampling(*file);
  finish(model, architecture.gguf_tensors, options);
  model.tokenizer = load_gguf_tokenizer(*file);
  check_vocabulary(model, true);
  find_chat_template(model, file->string("tokenizer.chat_template").value_or(""));
  std::vector<std::int64_t> stop;
  for (const char* key :
       {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    if (const auto id = file->integer(key)) stop.push_back(*id);
  }
  find_stop_tokens(model, stop);
  return model;
}

LoadedModel load_hf(const fs::path& path, const LoadOptions& options) {
  HfFolder folder = HfFolder::open(path);
  const JsonObject config(folder.config, (path / "config.json").string());
  const Architecture& architecture = find_config_architecture(config);

  LoadedModel model;
  model.path = path.string();
  model.format = "safetensors";
  model.name = config.string("_name_or_path").value_or("");
  if (model.name.empty()) model.name = fs::absolute(path).lexically_normal().filename().string();
  model.license = hf_license(path);
  model.file_bytes = folder.file_bytes;
  model.metadata = config_metadata_text(folder);
  model.spec = architecture.from_config(config);
  if (const auto pooling = hf_pooling(path)) model.spec.pooling = *pooling;
  if (&architecture == &jina_v3_architecture()) {
    if (model.license.empty()) model.license = "cc-by-nc-4.0 (as jina-embeddings-v3: no commercial use)";
    complete_and_check(model.spec, model.path);
    model.adapters = load_adapters(folder, architecture.hf_tensors, model.spec);
  }
  model.tensors = folder.tensors;
  model.sampling = hf_sampling(folder);
  finish(model, architecture.hf_tensors, options);
  model.tokenizer = load_hf_tokenizer(path);
  check_vocabulary(model, false);
  find_chat_template(model, folder.chat_template);
  std::vector<std::int64_t> stop = hf_token_ids(config, "eos_token_id");
  if (folder.generation_config.is_object()) {
    const JsonObject generation(folder.generation_config, (path / "generation_config.json").string());
    const auto more = hf_token_ids(generation, "eos_token_id");
    stop.insert(stop.end(), more.begin(), more.end());
  }
  find_stop_tokens(model, stop);
  return model;
}

}  // namespace

std::optional<fs::path> hf_folder_of(const fs::path& path) {
  if (fs::is_directory(path)) return path;
  const std::string name = path.filename().string();
  const bool inside =
      name == "config.json" || path.extension() == ".safetensors" || name.ends_with(".safetensors.index.json");
  if (!inside || !fs::exists(path)) return std::nullopt;
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

LoadedModel load_model(const std::string& path, LoadDepth depth) {
  LoadOptions options;
  options.depth = depth;
  return load_model(path, options);
}

LoadedModel load_model(const std::string& path, const LoadOptions& options) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such file or folder", path),
                "name a GGUF file or a Hugging Face folder");
  }
  if (const auto folder = hf_folder_of(path)) return load_hf(*folder, options);
  return load_gguf(path, options);
}

}  // namespace hearth
