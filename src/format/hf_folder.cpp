#include "format/hf_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "base/file.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "format/safetensors.h"
#include "hearth/error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kMaxConfigBytes = std::uint64_t{64} << 20;

/// A link to nothing is there too: opening it then says what is missing, as it should in a half-deleted cache.
bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

json::value load_object(const fs::path& path) {
  json::value value = load_json(path, kMaxConfigBytes);
  const JsonObject checked(value, path.string());  // fails when it is something else
  return value;
}

json::value load_optional_object(const fs::path& path) { return is_there(path) ? load_object(path) : json::value(); }

/// A string, or a list of {"name", "template"} of which the one called "default" counts.
std::string template_of(const json::value& tokenizer_config, const std::string& what) {
  if (tokenizer_config.is_null()) return {};
  const JsonObject object(tokenizer_config, what);
  const json::value* found = object.find("chat_template");
  if (found == nullptr) return {};
  if (!found->is_array()) return object.require_string("chat_template");
  std::string result;
  for (const json::value& element : found->get_array()) {
    const JsonObject named(element, what + ": chat_template");
    const std::string text = named.require_string("template");
    if (named.require_string("name") == "default") result = text;
  }
  return result;
}

std::string load_chat_template(const fs::path& folder, const json::value& tokenizer_config) {
  const fs::path path = folder / "chat_template.jinja";
  if (!is_there(path)) return template_of(tokenizer_config, (folder / "tokenizer_config.json").string());
  std::string text = read_file(path, kMaxConfigBytes);
  if (!is_valid_utf8(text)) throw Error(ErrorCode::kCorruptData, fmt::format("{}: not valid UTF-8", path.string()));
  return text;
}

/// Says why a folder has no weights that can be read.
[[noreturn]] void fail_without_weights(const fs::path& folder) {
  std::optional<std::string> unsafe;
  std::optional<std::string> other;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::string extension = entry.path().extension().string();
    if (extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt") {
      unsafe = std::min(unsafe.value_or(name), name);
    } else if (extension == ".safetensors" || extension == ".gguf") {
      other = std::min(other.value_or(name), name);
    }
  }
  std::string message =
      fmt::format("{}: no weights: neither model.safetensors nor model.safetensors.index.json", folder.string());
  if (other) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}; there is {}", message, quote(*other)),
                other->ends_with(".gguf") ? "name the .gguf file itself"
                                          : "get the rest of the model's files, the index included");
  }
  if (unsafe) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}; {} is never loaded, because files of its kind can run code when they are read",
                            message, quote(*unsafe)),
                "get the model as safetensors or GGUF");
  }
  throw Error(ErrorCode::kNotFound, message, "download the model's weights into this folder");
}

void load_weights(HfFolder& folder) {
  const fs::path single = folder.path / "model.safetensors";
  const fs::path index = folder.path / "model.safetensors.index.json";
  if (is_there(single)) {
    read_safetensors(single, folder.tensors);
    folder.weight_files = {single};
  } else if (is_there(index)) {
    folder.weight_files = read_safetensors_index(index, folder.tensors);
  } else {
    fail_without_weights(folder.path);
  }
  for (const fs::path& file : folder.weight_files) folder.file_bytes += MappedFile::open(file)->bytes().size();
}

}  // namespace

HfFolder HfFolder::open(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no such folder", path.string()),
                "name the folder that holds config.json");
  }
  if (!is_there(path / "config.json")) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}: config.json is missing", path.string()),
                "name a folder as Hugging Face publishes a model");
  }
  HfFolder folder;
  folder.path = path;
  folder.config = load_object(path / "config.json");
  folder.generation_config = load_optional_object(path / "generation_config.json");
  folder.tokenizer_config = load_optional_object(path / "tokenizer_config.json");
  folder.chat_template = load_chat_template(path, folder.tokenizer_config);
  load_weights(folder);
  return folder;
}

}  // namespace hearth
