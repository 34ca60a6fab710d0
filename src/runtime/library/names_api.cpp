// Names to paths, for whoever has only a name.
#include <fmt/format.h>

#include <system_error>

#include "base/quote.h"
#include "hearth/error.h"
#include "runtime/library/library.h"

namespace hearth {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && std::filesystem::exists(path, ignored);
}

/// "models/tiny.gguf" is a path, though it reads like owner/repo.
bool looks_like_file(std::string_view word) {
  return word.ends_with(".gguf") || word.ends_with(".safetensors") || word.ends_with(".json");
}

bool is_marked(std::string_view word) {
  return word.find("://") != std::string_view::npos || word.starts_with("hf.co/") ||
         word.starts_with("huggingface.co/");
}

}  // namespace

std::optional<std::string> find_model(const std::string& name) {
  if (exists(name)) return name;
  const auto model = Library().find(name);
  if (!model) return std::nullopt;
  return model->path.string();
}

std::string locate_model(const std::string& name) {
  if (exists(name)) return name;
  const Library library;
  if (const auto model = library.find(name)) return model->path.string();
  if (!is_model_name(name)) {
    std::string hint = library.near_names_hint(name);
    if (hint.empty()) hint = "name a GGUF file, a Hugging Face folder, or a model: 'hearth list', 'hearth search'";
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such file or folder, and no model of that name", name),
                std::move(hint));
  }
  throw Error(ErrorCode::kNotFound, fmt::format("{}: this model is not on this disk", name),
              fmt::format("'hearth pull {}' fetches it", name));
}

bool is_model_name(const std::string& word) {
  try {
    if (word.empty() || word.find_first_of(" \t\n") != std::string::npos) return false;
    const Library library;
    if (library.find(word)) return true;  // first: an alias may stand for a path, which resolve() would not take
    const ResolvedName resolved = library.resolve(word);
    if (resolved.catalog.entry != nullptr || resolved.name.kind == ModelName::kUrl) return true;
    return resolved.name.kind == ModelName::kRepository && (is_marked(word) || !looks_like_file(word));
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> known_model_names() { return Library().names(); }

}  // namespace hearth
