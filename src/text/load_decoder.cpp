#include <fmt/format.h>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/decoder.h"
#include "text/pre_tokenizer.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxSteps = 1000;

void load_into(DecoderChain& chain, const json::value& value, const std::string& where);

std::size_t load_count(const JsonObject& object, std::string_view key) {
  const std::int64_t n = object.integer(key).value_or(0);
  if (n < 0 || n > 1'000'000) object.fail(key, "must be between 0 and 1000000");
  return static_cast<std::size_t>(n);
}

std::string load_character(const JsonObject& object, std::string_view key, std::string fallback) {
  std::string text = object.string(key).value_or(std::move(fallback));
  if (text.empty() || !is_valid_utf8(text) || decode_utf8(text, 0).length != text.size()) {
    object.fail(key, "must be one character");
  }
  return text;
}

void load_sequence(DecoderChain& chain, const JsonObject& object) {
  const json::array* values = object.array("decoders");
  if (values == nullptr || values->size() > kMaxSteps) object.fail("decoders", "must be a short array");
  for (std::size_t i = 0; i < values->size(); ++i) {
    load_into(chain, (*values)[i], fmt::format("{}: decoders[{}]", object.what(), i));
  }
}

std::unique_ptr<const Decoder> load_replace(const JsonObject& object) {
  const json::value* pattern = object.find("pattern");
  if (pattern == nullptr) object.fail("pattern", "is missing");
  return make_replace_decoder(Pattern::from_json(*pattern, object.what() + ": pattern"),
                              object.require_string("content"));
}

std::unique_ptr<const Decoder> load_bpe_suffix(const JsonObject& object) {
  std::string suffix = object.string("suffix").value_or("</w>");
  if (suffix.empty()) object.fail("suffix", "is empty");
  return make_bpe_suffix_decoder(std::move(suffix));
}

std::unique_ptr<const Decoder> load_metaspace(const JsonObject& object) {
  return make_metaspace_decoder(load_character(object, "replacement", "\u2581"),
                                load_metaspace_prepend(object) != MetaspacePreTokenizer::Prepend::kNever);
}

std::unique_ptr<const Decoder> load_one(const JsonObject& object) {
  const std::string type = object.require_string("type");
  if (type == "ByteLevel") return make_byte_level_decoder();
  if (type == "ByteFallback") return make_byte_fallback_decoder();
  if (type == "Fuse") return make_fuse_decoder();
  if (type == "Replace") return load_replace(object);
  if (type == "Strip") {
    return make_strip_decoder(load_character(object, "content", " "), load_count(object, "start"),
                              load_count(object, "stop"));
  }
  if (type == "WordPiece") {
    return make_word_piece_decoder(object.string("prefix").value_or("##"), object.boolean("cleanup").value_or(true));
  }
  if (type == "Metaspace") return load_metaspace(object);
  if (type == "BPEDecoder") return load_bpe_suffix(object);
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: the decoder \"{}\" is not supported", object.what(), type));
}

void load_into(DecoderChain& chain, const json::value& value, const std::string& where) {
  const JsonObject object(value, where);
  if (object.string("type") == "Sequence") return load_sequence(chain, object);
  chain.push_back(load_one(object));
}

}  // namespace

DecoderChain load_decoder(const json::value& value, const std::string& where) {
  DecoderChain chain;
  if (value.is_null()) {
    chain.push_back(make_space_join_decoder());
  } else {
    load_into(chain, value, where);
  }
  return chain;
}

}  // namespace hearth
