#include <limits>

#include "text/load_hf_parts.h"

namespace hearth {
namespace {

json::value load_if_there(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) return nullptr;
  return load_json(path);
}

/// A token as configs write it: its text, or an object with "content".
std::optional<std::string> token_of(const json::value& value, const std::string& what, std::string_view key) {
  if (!value.is_object()) return std::nullopt;
  const JsonObject object(value, what);
  const json::value* token = object.find(key);
  if (token == nullptr) return std::nullopt;
  if (token->is_object()) return JsonObject(*token, what).string("content");
  return object.string(key);
}

/// config.json's "eos_token_id": a number, or a list whose first one counts.
std::optional<TokenId> id_of(const json::value& config, std::string_view key) {
  const json::object* object = config.if_object();
  const json::value* value = object == nullptr ? nullptr : object->if_contains(key);
  if (value != nullptr && value->is_array() && !value->get_array().empty()) value = &value->get_array().front();
  const std::int64_t* id = value == nullptr ? nullptr : value->if_int64();
  if (id == nullptr || *id < 0 || *id > std::numeric_limits<TokenId>::max()) return std::nullopt;
  return static_cast<TokenId>(*id);
}

std::optional<TokenId> find_token(const TokenizerParts& parts, const HfCompanions& companions, std::string_view key) {
  if (const auto text = companions.token(key)) return parts.vocabulary->find(*text);
  if (companions.tokenizer_config.is_object()) return std::nullopt;  // it says there is none
  const auto id = id_of(companions.config, std::string(key) + "_id");
  return id && parts.vocabulary->contains(*id) ? id : std::nullopt;
}

}  // namespace

HfCompanions HfCompanions::load(const std::filesystem::path& folder) {
  return {load_if_there(folder / "tokenizer_config.json"), load_if_there(folder / "special_tokens_map.json"),
          load_if_there(folder / "added_tokens.json"), load_if_there(folder / "config.json"), folder.string()};
}

std::optional<std::string> HfCompanions::token(std::string_view key) const {
  if (auto text = token_of(tokenizer_config, name + "/tokenizer_config.json", key)) return text;
  return token_of(special_tokens_map, name + "/special_tokens_map.json", key);
}

std::optional<bool> HfCompanions::flag(std::string_view key) const {
  if (!tokenizer_config.is_object()) return std::nullopt;
  return JsonObject(tokenizer_config, name + "/tokenizer_config.json").boolean(key);
}

std::optional<std::string> HfCompanions::string(std::string_view key) const {
  if (!tokenizer_config.is_object()) return std::nullopt;
  return JsonObject(tokenizer_config, name + "/tokenizer_config.json").string(key);
}

void apply_companions(TokenizerParts& parts, const HfCompanions& companions) {
  if (!parts.bos) parts.bos = find_token(parts, companions, "bos_token");
  if (!parts.eos) parts.eos = find_token(parts, companions, "eos_token");
  const auto add_bos = companions.flag("add_bos_token");
  const auto add_eos = companions.flag("add_eos_token");
  if (!add_bos && !add_eos) return;
  // As transformers does it: where the config speaks, it and not the post-processor decides what surrounds a text.
  parts.surrounding = {};
  if (add_bos.value_or(false) && parts.bos) parts.surrounding.before.push_back(*parts.bos);
  if (add_eos.value_or(false) && parts.eos) parts.surrounding.after.push_back(*parts.eos);
}

}  // namespace hearth
