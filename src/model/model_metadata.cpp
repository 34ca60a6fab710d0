#include "model/model_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "hearth/error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownValues = 6;  // of a long array

std::string value_text(const GgufValue& value);

std::string array_text(const GgufArray& array) {
  std::string text = "[";
  const std::size_t shown = std::min<std::size_t>(kShownValues, array.count);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += ", ";
    if (array.type == GgufType::kString) {
      text += fmt::format("\"{}\"", array.strings[i]);
    } else if (array.type == GgufType::kArray) {
      text += array_text(array.arrays[i]);
    } else {
      text += value_text(decode_gguf_number(array.type, array.raw.data() + i * gguf_type_bytes(array.type)));
    }
  }
  if (array.count > shown) text += fmt::format(", … {} in all", array.count);
  return text + "]";
}

std::string value_text(const GgufValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, GgufArray>) {
          return array_text(v);
        } else {
          return fmt::format("{}", v);
        }
      },
      value.value);
}

/// One number of a generation config, where it is there.
template <typename T, typename Get>
void take(T& target, const Get& value) {
  if (value) target = static_cast<T>(*value);
}

}  // namespace

SamplingParams gguf_sampling(const GgufFile& file) {
  const auto number = [&](const char* key) { return file.number(std::string("general.sampling.") + key); };
  const auto integer = [&](const char* key) { return file.integer(std::string("general.sampling.") + key); };
  SamplingParams params;
  take(params.temperature, number("temp"));
  take(params.top_k, integer("top_k"));
  take(params.top_p, number("top_p"));
  take(params.min_p, number("min_p"));
  take(params.xtc_probability, number("xtc_probability"));
  take(params.xtc_threshold, number("xtc_threshold"));
  take(params.penalty_window, integer("penalty_last_n"));
  take(params.repeat_penalty, number("penalty_repeat"));
  take(params.mirostat_tau, number("mirostat_tau"));
  take(params.mirostat_eta, number("mirostat_eta"));
  if (const auto mirostat = integer("mirostat")) params.mirostat = *mirostat == 2;
  return params;
}

SamplingParams hf_sampling(const HfFolder& folder) {
  SamplingParams params;
  if (!folder.generation_config.is_object()) return params;
  const JsonObject config(folder.generation_config, (folder.path / "generation_config.json").string());
  take(params.temperature, config.number("temperature"));
  take(params.top_k, config.integer("top_k"));
  take(params.top_p, config.number("top_p"));
  take(params.min_p, config.number("min_p"));
  take(params.typical_p, config.number("typical_p"));
  take(params.repeat_penalty, config.number("repetition_penalty"));
  if (!config.boolean("do_sample").value_or(true)) params.temperature = 0;
  return params;
}

std::vector<std::int64_t> hf_token_ids(const JsonObject& config, std::string_view key) {
  const json::value* value = config.find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) return {*config.integer(key)};
  std::vector<std::int64_t> ids;
  for (const json::value& element : value->get_array()) {
    json::error_code code;
    const auto id = element.to_number<std::int64_t>(code);
    if (code) config.fail(key, "must hold whole numbers");
    ids.push_back(id);
  }
  return ids;
}

std::optional<Pooling> hf_pooling(const fs::path& folder) {
  if (!fs::exists(folder / "modules.json")) return std::nullopt;
  const fs::path path = folder / "1_Pooling" / "config.json";
  if (!fs::exists(path)) return std::nullopt;
  const json::value value = load_json(path);
  const JsonObject config(value, path.string());
  const auto on = [&](const char* key) { return config.boolean(key).value_or(false); };
  for (const char* key :
       {"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens"}) {
    if (on(key)) {
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: {} is not supported", path.string(), key),
                  "supported: mean, CLS and last token");
    }
  }
  const int modes = on("pooling_mode_mean_tokens") + on("pooling_mode_cls_token") + on("pooling_mode_lasttoken");
  if (modes > 1)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: more than one pooling mode is on", path.string()));
  if (on("pooling_mode_cls_token")) return Pooling::kCls;
  if (on("pooling_mode_lasttoken")) return Pooling::kLast;
  return Pooling::kMean;
}

std::string hf_license(const fs::path& folder) {
  constexpr std::size_t kFrontMatterLimit = 16384;
  std::ifstream file(folder / "README.md");
  std::string line;
  std::size_t read = 0;
  if (!std::getline(file, line) || !line.starts_with("---")) return {};
  while (read < kFrontMatterLimit && std::getline(file, line) && !line.starts_with("---")) {
    read += line.size();
    if (!line.starts_with("license:")) continue;
    const std::size_t begin = line.find_first_not_of(" \t'\"", std::strlen("license:"));
    const std::size_t end = line.find_last_not_of(" \t\r'\"");
    return begin == std::string::npos ? "" : line.substr(begin, end - begin + 1);
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> gguf_metadata_text(const GgufFile& file) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [key, value] : file.metadata()) result.emplace_back(key, value_text(value));
  return result;
}

std::vector<std::pair<std::string, std::string>> config_metadata_text(const HfFolder& folder) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& entry : folder.config.get_object()) {
    const json::value& value = entry.value();
    result.emplace_back(std::string(entry.key()),
                        value.is_string() ? std::string(value.get_string()) : json::serialize(value));
  }
  return result;
}

}  // namespace hearth
