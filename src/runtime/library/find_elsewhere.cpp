// A repository's model in another program's store: what LM Studio, llama.cpp or Ollama fetched of the hub is not
// fetched again.
#include <algorithm>

#include "hub/catalog/quantization_label.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// How each program writes the repository before the rest of a model's name; empty for stores that keep none.
std::string beginning_of(const std::string& store, std::string repository) {
  if (store == "lmstudio") return repository + "/";
  if (store == "ollama") return "hf.co/" + repository + ":";
  if (store != "llama.cpp") return "";
  std::replace(repository.begin(), repository.end(), '/', '_');
  return repository + "_";
}

}  // namespace

std::vector<StoredModel> Library::models_elsewhere(const ResolvedName& resolved) const {
  std::vector<StoredModel> found;
  // None of these programs writes down which revision it has.
  if (resolved.repository.empty() || (resolved.revision != "main" && !resolved.revision.empty())) return found;
  for (StoredModel& model : stored_models()) {
    const std::string beginning = lower(beginning_of(model.store, resolved.repository));
    if (beginning.empty() || !model.problem.empty() || !lower(model.name).starts_with(beginning)) continue;
    if (model.store == "ollama") look_into(model);
    if (resolved.catalog.entry != nullptr) {
      for (const auto& [quantization, file] : resolved.catalog.entry->files) {
        if (lower(model.path.filename().string()).ends_with(lower(file))) model.quantization = quantization;
      }
    }
    const std::string file = model.path.filename().string();
    const bool is_file = resolved.file.empty() || (model.store != "ollama" && file.ends_with(resolved.file));
    const bool is_quantization = resolved.quantization.empty() || model.quantization == resolved.quantization;
    if (is_file && is_quantization && model.problem.empty()) found.push_back(std::move(model));
  }
  return found;
}

}  // namespace hearth
