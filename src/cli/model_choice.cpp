#include "cli/model_choice.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/quote.h"
#include "cli/usage_error.h"
#include "hearth/error.h"

namespace hearth::cli {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && std::filesystem::exists(path, ignored);
}

bool looks_like_path(std::string_view word) {
  if (word.empty() || word.find_first_of(" \t\n") != std::string_view::npos) return false;
  return word.find('/') != std::string_view::npos || word.ends_with(".gguf") || word.ends_with(".safetensors");
}

[[noreturn]] void not_found(const std::string& path) {
  throw Error(ErrorCode::kNotFound, fmt::format("{}: no such file or folder", path),
              "name a GGUF file or a Hugging Face folder; a prompt that looks like a path goes after -p");
}

}  // namespace

ModelChoice choose_model(const std::optional<std::string>& named, const std::vector<std::string>& words,
                         const std::optional<Setting>& fallback,
                         const std::function<bool(const std::string&)>& is_name) {
  const auto names_model = [&](const std::string& word) { return is_name && is_name(word); };
  if (named) {
    if (!exists(*named) && !names_model(*named)) not_found(*named);
    return {*named, "", words};
  }
  const bool is_model = !words.empty() && (exists(words[0]) || names_model(words[0]));
  if (!words.empty() && (is_model || looks_like_path(words[0]))) {
    if (!is_model) not_found(words[0]);
    return {words[0], "", {words.begin() + 1, words.end()}};
  }
  if (fallback) return {fallback->value, fallback->origin, words};
  if (!words.empty()) {
    throw UsageError(fmt::format("{} is no model file or folder, and no default model is set", quote(words[0])),
                     "name a GGUF file or a Hugging Face folder, or set HEARTH_MODEL");
  }
  throw UsageError("no model is named and no default model is set",
                   "name a GGUF file or a Hugging Face folder, or set HEARTH_MODEL");
}

std::string choice_notice(const ModelChoice& choice) {
  if (choice.origin.empty()) return "";
  const bool from_file = choice.origin.find('/') != std::string::npos;
  return fmt::format("model {} ({}{})", choice.path, from_file ? "from " : "", choice.origin);
}

}  // namespace hearth::cli
