#include <fmt/format.h>

#include "hearth/error.h"
#include "text/base64.h"
#include "text/normalizer.h"
#include "text/precompiled_charsmap.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxSteps = 1000;

std::unique_ptr<const Normalizer> load_bert(const JsonObject& object) {
  BertNormalizerOptions options;
  options.clean_text = object.boolean("clean_text").value_or(true);
  options.handle_chinese_chars = object.boolean("handle_chinese_chars").value_or(true);
  options.lowercase = object.boolean("lowercase").value_or(true);
  options.strip_accents = object.boolean("strip_accents").value_or(options.lowercase);  // null: as lowercase says
  return std::make_unique<BertNormalizer>(options);
}

std::unique_ptr<const Normalizer> load_sequence(const JsonObject& object) {
  const json::array* values = object.array("normalizers");
  if (values == nullptr) object.fail("normalizers", "is missing");
  if (values->size() > kMaxSteps) object.fail("normalizers", "has too many elements");
  std::vector<std::unique_ptr<const Normalizer>> steps;
  for (std::size_t i = 0; i < values->size(); ++i) {
    steps.push_back(load_normalizer((*values)[i], fmt::format("{}: normalizers[{}]", object.what(), i)));
  }
  return std::make_unique<NormalizerSequence>(std::move(steps));
}

std::unique_ptr<const Normalizer> load_replace(const JsonObject& object) {
  const json::value* pattern = object.find("pattern");
  if (pattern == nullptr) object.fail("pattern", "is missing");
  return std::make_unique<ReplaceNormalizer>(Pattern::from_json(*pattern, object.what() + ": pattern"),
                                             object.require_string("content"));
}

}  // namespace

std::unique_ptr<const Normalizer> load_normalizer(const json::value& value, const std::string& where) {
  const JsonObject object(value, where);
  const std::string type = object.require_string("type");
  if (type == "Sequence") return load_sequence(object);
  if (type == "Prepend") return std::make_unique<PrependNormalizer>(object.require_string("prepend"));
  if (type == "Replace") return load_replace(object);
  if (type == "NFC") return std::make_unique<UnicodeNormalizer>(NormalForm::kNfc);
  if (type == "NFD") return std::make_unique<UnicodeNormalizer>(NormalForm::kNfd);
  if (type == "NFKC") return std::make_unique<UnicodeNormalizer>(NormalForm::kNfkc);
  if (type == "NFKD") return std::make_unique<UnicodeNormalizer>(NormalForm::kNfkd);
  if (type == "Lowercase") return std::make_unique<LowercaseNormalizer>();
  if (type == "Strip") {
    return std::make_unique<StripNormalizer>(object.boolean("strip_left").value_or(true),
                                             object.boolean("strip_right").value_or(true));
  }
  if (type == "StripAccents") return std::make_unique<StripAccentsNormalizer>();
  if (type == "Nmt") return std::make_unique<NmtNormalizer>();
  if (type == "ByteLevel") return std::make_unique<ByteLevelNormalizer>();
  if (type == "BertNormalizer") return load_bert(object);
  if (type == "Precompiled") {
    const auto text = object.string("precompiled_charsmap");
    if (!text) return std::make_unique<NormalizerSequence>(std::vector<std::unique_ptr<const Normalizer>>());
    const auto blob = decode_base64(*text);
    if (!blob) object.fail("precompiled_charsmap", "is not valid base64");
    return std::make_unique<PrecompiledNormalizer>(PrecompiledCharsmap(*blob, where + ": precompiled_charsmap"));
  }
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the normalizer \"{}\" is not supported", where, type));
}

}  // namespace hearth
