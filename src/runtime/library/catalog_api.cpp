// The catalog as the public API shows it, and what it says of memory.
#include <algorithm>

#include "hearth/system.h"
#include "hub/quantize/file_size.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

constexpr std::int64_t kUsualContext = 8192;  // as a model is loaded when nobody says otherwise

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool serves(const CatalogModel& model, const std::string& purpose) {
  return purpose.empty() || std::find(model.purposes.begin(), model.purposes.end(), purpose) != model.purposes.end();
}

std::string all_text(const CatalogModel& model) {
  std::string text = model.name + " " + model.title + " " + model.note + " " + model.architecture + " " +
                     model.license + " " + model.repository;
  for (const std::string& alias : model.aliases) text += " " + alias;
  for (const std::string& purpose : model.purposes) text += " " + purpose;
  return lower(std::move(text));
}

}  // namespace

CatalogModel public_entry(const CatalogEntry& entry) {
  CatalogModel model;
  model.name = entry.full_name();
  model.title = entry.title;
  model.note = entry.note;
  model.repository = entry.repository;
  model.original = entry.original;
  model.architecture = entry.architecture;
  model.chat_template = entry.chat_template;
  model.license = entry.license;
  model.terms = entry.terms;
  model.accept = entry.accept;
  model.commercial = entry.commercial;
  model.is_default = entry.is_default;
  model.aliases = entry.aliases;
  model.quantizations = entry.quantizations;
  if (model.quantizations.empty() && !entry.dtype.empty()) model.quantizations = {entry.dtype};
  model.purposes = entry.purposes;
  model.context = entry.context;
  model.parameters = entry.parameters;
  for (const std::string& quantization : model.quantizations) {
    CatalogFile file;
    file.quantization = quantization;
    file.name = entry.is_gguf() ? entry.file_of(quantization) : "";
    file.bytes = file_bytes_of(entry, quantization);
    if (const auto shape = shape_of(entry, weight_bytes_of(entry, quantization), quantization);
        shape && file.bytes > 0) {
      const std::int64_t context = std::min(kUsualContext, std::max<std::int64_t>(entry.context, 1));
      file.memory = memory_need(*shape, context).total();
    }
    model.files.push_back(std::move(file));
  }
  return model;
}

std::vector<CatalogModel> catalog_models() {
  std::vector<CatalogModel> models;
  const Catalog catalog = load_catalog(library_places().config_folder);
  for (const CatalogEntry& entry : catalog.entries()) models.push_back(public_entry(entry));
  return models;
}

std::vector<CatalogModel> search_catalog(const std::vector<std::string>& words, const std::string& purpose) {
  std::vector<CatalogModel> found;
  for (CatalogModel& model : catalog_models()) {
    const std::string text = all_text(model);
    const bool has_all = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
      return text.find(lower(word)) != std::string::npos;
    });
    if (has_all && serves(model, purpose)) found.push_back(std::move(model));
  }
  return found;
}

std::optional<ModelInfo> shape_of(const CatalogEntry& entry, std::uint64_t weight_bytes,
                                  std::string_view quantization) {
  if (entry.n_layer == 0 || entry.n_embd == 0 || entry.n_vocab == 0) return std::nullopt;
  ModelInfo info;
  info.architecture = entry.architecture;
  info.is_encoder = entry.architecture == "bert" || entry.architecture == "xlm-roberta";
  info.parameters = entry.parameters;
  info.file_bytes = weight_bytes;
  // Only whether weights are quantised matters: the KV cache is F16 with those and F32 with others.
  DTypeShare share;
  const bool is_float = quantization == "F32" || quantization == "F16" || quantization == "BF16";
  share.dtype = is_float ? quantization : "Q8_0";
  info.dtypes = {share};
  info.context_length = entry.context;
  info.n_layer = entry.n_layer;
  info.n_embd = entry.n_embd;
  info.n_head = entry.n_head;
  info.n_head_kv = entry.n_head_kv;
  info.head_dim = entry.head_dim;
  info.n_ff = entry.n_ff;
  info.n_vocab = entry.n_vocab;
  return info;
}

std::uint64_t memory_for(const CatalogEntry* entry, std::uint64_t weight_bytes, std::int64_t context) {
  if (entry != nullptr) {
    if (const auto shape = shape_of(*entry, weight_bytes, entry->dtype)) {
      const std::int64_t usual = std::min(kUsualContext, std::max<std::int64_t>(entry->context, 1));
      return memory_need(*shape, context > 0 ? context : usual).total();
    }
  }
  // Without a shape: a tenth more and half a GiB covers the cache of 8,192 tokens of most models with grouped heads.
  return weight_bytes + weight_bytes / 10 + (std::uint64_t{512} << 20);
}

}  // namespace hearth
