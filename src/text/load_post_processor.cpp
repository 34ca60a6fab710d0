#include <fmt/format.h>

#include <limits>

#include "hearth/error.h"
#include "text/post_processor.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxTokens = 1024;

TokenId to_id(const json::value& value, const JsonObject& object, std::string_view key) {
  json::error_code code;
  const auto id = value.to_number<std::int64_t>(code);
  if (code || id < 0 || id > std::numeric_limits<TokenId>::max()) object.fail(key, "has something that is no token id");
  return static_cast<TokenId>(id);
}

/// ["[SEP]", 102]
TokenId load_named_id(const JsonObject& object, std::string_view key) {
  const json::array* pair = object.array(key);
  if (pair == nullptr || pair->size() != 2) object.fail(key, "must be a token and its id");
  return to_id((*pair)[1], object, key);
}

/// The ids of one special token of a template, which it names.
std::vector<TokenId> load_special(const JsonObject& specials, const std::string& name) {
  const auto special = specials.object(name);
  if (!special) specials.fail(name, "is used in the template but missing");
  const json::array* ids = special->array("ids");
  if (ids == nullptr || ids->size() > kMaxTokens) special->fail("ids", "must be a short array of ids");
  std::vector<TokenId> result;
  for (const json::value& id : *ids) result.push_back(to_id(id, *special, "ids"));
  return result;
}

SurroundingTokens load_template(const JsonObject& object) {
  const json::array* single = object.array("single");
  if (single == nullptr || single->size() > kMaxTokens) object.fail("single", "must be a short array");
  SurroundingTokens result;
  bool seen_text = false;
  for (std::size_t i = 0; i < single->size(); ++i) {
    const JsonObject part((*single)[i], fmt::format("{}: single[{}]", object.what(), i));
    if (const auto sequence = part.object("Sequence")) {
      if (seen_text) object.fail("single", "has the text twice, which is not supported");
      seen_text = true;
    } else if (const auto special = part.object("SpecialToken")) {
      const auto specials = object.object("special_tokens");
      if (!specials) object.fail("special_tokens", "is missing");
      const std::vector<TokenId> ids = load_special(*specials, special->require_string("id"));
      std::vector<TokenId>& side = seen_text ? result.after : result.before;
      side.insert(side.end(), ids.begin(), ids.end());
    } else {
      object.fail("single", "has an element that is neither Sequence nor SpecialToken");
    }
  }
  if (!seen_text) object.fail("single", "has no place for the text");
  return result;
}

SurroundingTokens load_sequence(const JsonObject& object) {
  const json::array* values = object.array("processors");
  if (values == nullptr || values->size() > kMaxTokens) object.fail("processors", "must be a short array");
  SurroundingTokens result;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const SurroundingTokens outer =
        load_post_processor((*values)[i], fmt::format("{}: processors[{}]", object.what(), i));
    result.before.insert(result.before.begin(), outer.before.begin(), outer.before.end());
    result.after.insert(result.after.end(), outer.after.begin(), outer.after.end());
  }
  return result;
}

}  // namespace

SurroundingTokens load_post_processor(const json::value& value, const std::string& where) {
  const JsonObject object(value, where);
  const std::string type = object.require_string("type");
  if (type == "ByteLevel") return {};  // it moves offsets only
  if (type == "TemplateProcessing") return load_template(object);
  if (type == "RobertaProcessing" || type == "BertProcessing") {
    return {{load_named_id(object, "cls")}, {load_named_id(object, "sep")}};
  }
  if (type == "Sequence") return load_sequence(object);
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the post-processor \"{}\" is not supported", where, type));
}

}  // namespace hearth
