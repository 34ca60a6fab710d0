// Any text as a tokenizer.json: an Error, or a tokenizer that encodes and decodes whatever it is given.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/tokenizer.h"

namespace {

using hearth::Error;
using hearth::ErrorCode;
using hearth::TokenId;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Decoding must give valid UTF-8, and the same in a stream.
void decode(const hearth::Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool skip_special) {
  const std::string text = tokenizer.decode(ids, skip_special);
  require(hearth::is_valid_utf8(text));
  hearth::StreamingDetokenizer stream(tokenizer, skip_special);
  std::string streamed;
  for (const TokenId id : ids) {
    const std::string piece = stream.push(id);
    require(hearth::is_valid_utf8(piece));
    streamed += piece;
  }
  require(streamed + stream.finish() == text);
}

void use(const hearth::Tokenizer& tokenizer) {
  using namespace std::string_view_literals;
  static constexpr std::string_view kTexts[] = {""sv, "Hello, world's 12345!\r\n  <s> \t</s>"sv, "\xff\xe4\xbd\0a"sv,
                                                "\u2581\u2581na\u00efve e\u0301 \u4f60\u597d\U0001F600"sv,
                                                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa    x"sv};
  static constexpr std::pair<std::size_t, std::size_t> kUntrusted[] = {{2, 5}, {9, 30}};
  for (const std::string_view text : kTexts) {
    for (const bool parse_special : {false, true}) {
      hearth::EncodeOptions options;
      options.add_special = parse_special;
      options.parse_special = parse_special;
      if (parse_special) options.untrusted = kUntrusted;
      try {
        const std::vector<TokenId> ids = tokenizer.encode(text, options);
        for (const TokenId id : ids) require(id >= 0 && id < tokenizer.vocab_size());
        decode(tokenizer, ids, parse_special);
      } catch (const Error& error) {
        require(error.code() == ErrorCode::kInvalidArgument);  // no token for a character
      }
    }
  }
  std::vector<TokenId> all;
  for (TokenId id = 0; id < tokenizer.vocab_size() && id < 300; ++id) {
    all.push_back(id);
    static_cast<void>(tokenizer.token_bytes(id));
  }
  decode(tokenizer, all, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    use(*hearth::parse_tokenizer_json({reinterpret_cast<const char*>(data), size}, "fuzz"));
  } catch (const Error& error) {
    require(error.code() == ErrorCode::kCorruptData || error.code() == ErrorCode::kUnsupported);
    require(!error.message().empty());
  }
  return 0;
}
