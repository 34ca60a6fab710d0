// Arbitrary text as a JSON Schema, whose first byte chooses the options: it ends in a grammar or in an Error. A grammar
// is then followed for a few tokens that the text itself chooses; masks made by both ways are equal, and no state is a
// dead end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cpu_limit.h"
#include "grammar/matcher.h"
#include "grammar/token_masks.h"
#include "hearth/error.h"

namespace {

std::shared_ptr<const hearth::TokenVocabulary> make_vocabulary() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  for (const char* token :
       {"\",\"", "\":", "\":\"", "\"}",  "{\"",  "[\"", "\",\"a\":\"", "\\u", "\\u00", "\\ud83d", "é",  "\xC3",
        "ab",    "abc", "name",  "true", "null", "12",  ".5",          "e+1", "}}",    "]}",      ", ", "a\":1,\"b"})
    tokens.emplace_back(token);
  return std::make_shared<const hearth::TokenVocabulary>(tokens);
}

void walk(const std::shared_ptr<const hearth::Grammar>& grammar, std::string_view choices) {
  static const auto vocabulary = make_vocabulary();
  hearth::Matcher matcher(grammar, vocabulary);
  hearth::Machine machine(grammar->graph());
  hearth::ThreadSet at = machine.start(), next;
  for (std::size_t step = 0; step < 24; ++step) {
    hearth::TokenMask plain(vocabulary->mask_words());
    hearth::allowed_plainly(machine, at, *vocabulary, plain);
    if (plain != matcher.allowed()) std::abort();
    std::vector<hearth::TokenId> allowed;
    for (hearth::TokenId id = 0; id < vocabulary->n_vocab(); ++id) {
      if (hearth::is_allowed(plain, id)) allowed.push_back(id);
    }
    if (allowed.empty()) {
      if (!matcher.may_end()) std::abort();
      return;
    }
    const auto choice = static_cast<unsigned char>(choices[step * 7 % choices.size()]);
    const hearth::TokenId id = allowed[choice % allowed.size()];
    if (!matcher.accept(id)) std::abort();
    for (const char byte : vocabulary->token_bytes(id)) {
      machine.step(at, static_cast<std::uint8_t>(byte), next);
      std::swap(at, next);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view schema(reinterpret_cast<const char*>(data) + 1, size - 1);
  hearth::JsonSchemaOptions options;
  options.any_order = (data[0] & 1) != 0;
  options.lenient = (data[0] & 2) != 0;
  options.space = (data[0] & 4) != 0   ? hearth::JsonSpace::kNone
                  : (data[0] & 8) != 0 ? hearth::JsonSpace::kAny
                                       : hearth::JsonSpace::kLittle;
  const hearth::fuzz::CpuLimit limit(1);
  try {
    walk(hearth::Grammar::from_json_schema(schema, options), schema);
  } catch (const hearth::Error&) {
    // a refusal is an answer
  }
  return 0;
}
