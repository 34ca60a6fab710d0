#include <fmt/format.h>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/character_class.h"
#include "text/pre_tokenizer.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxSteps = 1000;

SplitBehavior load_behavior(const JsonObject& object, SplitBehavior fallback) {
  const auto name = object.string("behavior");
  if (!name) return fallback;
  if (*name == "Removed") return SplitBehavior::kRemoved;
  if (*name == "Isolated") return SplitBehavior::kIsolated;
  if (*name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (*name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (*name == "Contiguous") return SplitBehavior::kContiguous;
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the behavior \"{}\" is not supported", object.what(), *name));
}

std::unique_ptr<const PreTokenizer> load_sequence(const JsonObject& object) {
  const json::array* values = object.array("pretokenizers");
  if (values == nullptr) object.fail("pretokenizers", "is missing");
  if (values->size() > kMaxSteps) object.fail("pretokenizers", "has too many elements");
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  for (std::size_t i = 0; i < values->size(); ++i) {
    steps.push_back(load_pre_tokenizer((*values)[i], fmt::format("{}: pretokenizers[{}]", object.what(), i)));
  }
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

std::unique_ptr<const PreTokenizer> load_split(const JsonObject& object) {
  const json::value* pattern = object.find("pattern");
  if (pattern == nullptr) object.fail("pattern", "is missing");
  return std::make_unique<SplitPreTokenizer>(Pattern::from_json(*pattern, object.what() + ": pattern"),
                                             load_behavior(object, SplitBehavior::kIsolated),
                                             object.boolean("invert").value_or(false));
}

std::unique_ptr<const PreTokenizer> load_metaspace(const JsonObject& object) {
  const std::string replacement = object.string("replacement").value_or("\u2581");
  if (replacement.empty() || !is_valid_utf8(replacement) || decode_utf8(replacement, 0).length != replacement.size()) {
    object.fail("replacement", "must be one character");
  }
  return std::make_unique<MetaspacePreTokenizer>(replacement, load_metaspace_prepend(object),
                                                 object.boolean("split").value_or(true));
}

std::unique_ptr<const PreTokenizer> load_delimiter_split(const JsonObject& object) {
  std::string delimiter = object.require_string("delimiter");
  if (delimiter.empty()) object.fail("delimiter", "is empty");
  return std::make_unique<SplitPreTokenizer>(Pattern::literal(std::move(delimiter)), SplitBehavior::kRemoved, false);
}

std::unique_ptr<const PreTokenizer> load_fixed_length(const JsonObject& object) {
  const std::int64_t length = object.integer("length").value_or(5);
  if (length < 1) object.fail("length", "must be at least 1");
  return std::make_unique<FixedLengthPreTokenizer>(static_cast<std::size_t>(length));
}

}  // namespace

std::unique_ptr<const PreTokenizer> make_bert_pre_tokenizer() {
  std::vector<std::unique_ptr<const PreTokenizer>> steps;
  steps.push_back(std::make_unique<CharacterPreTokenizer>(is_white_space, SplitBehavior::kRemoved));
  steps.push_back(std::make_unique<CharacterPreTokenizer>(is_punctuation, SplitBehavior::kIsolated));
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

MetaspacePreTokenizer::Prepend load_metaspace_prepend(const JsonObject& object) {
  using Prepend = MetaspacePreTokenizer::Prepend;
  // Files from before 2024 say add_prefix_space instead of prepend_scheme.
  const auto scheme = object.string("prepend_scheme");
  if (!scheme) return object.boolean("add_prefix_space").value_or(true) ? Prepend::kAlways : Prepend::kNever;
  if (*scheme == "always") return Prepend::kAlways;
  if (*scheme == "first") return Prepend::kFirst;
  if (*scheme == "never") return Prepend::kNever;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: the prepend_scheme \"{}\" is not supported", object.what(), *scheme));
}

std::unique_ptr<const PreTokenizer> load_pre_tokenizer(const json::value& value, const std::string& where) {
  const JsonObject object(value, where);
  const std::string type = object.require_string("type");
  if (type == "Sequence") return load_sequence(object);
  if (type == "ByteLevel") {
    return std::make_unique<ByteLevelPreTokenizer>(object.boolean("add_prefix_space").value_or(true),
                                                   object.boolean("use_regex").value_or(true));
  }
  if (type == "Split") return load_split(object);
  if (type == "Digits") {
    const bool single = object.boolean("individual_digits").value_or(false);
    return std::make_unique<CharacterPreTokenizer>(is_numeric,
                                                   single ? SplitBehavior::kIsolated : SplitBehavior::kContiguous);
  }
  if (type == "Punctuation") {
    return std::make_unique<CharacterPreTokenizer>(is_punctuation, load_behavior(object, SplitBehavior::kIsolated));
  }
  if (type == "Metaspace") return load_metaspace(object);
  if (type == "WhitespaceSplit")
    return std::make_unique<CharacterPreTokenizer>(is_white_space, SplitBehavior::kRemoved);
  if (type == "Whitespace") return std::make_unique<WordPreTokenizer>();
  if (type == "BertPreTokenizer") return make_bert_pre_tokenizer();
  if (type == "CharDelimiterSplit") return load_delimiter_split(object);
  if (type == "FixedLength") return load_fixed_length(object);
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the pre-tokenizer \"{}\" is not supported", where, type));
}

}  // namespace hearth
