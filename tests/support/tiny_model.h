// Models small enough for a test to write in a blink. What the tiny llama says is known beforehand, without running it:
// its layers add nothing and each token has one successor, so that "abc" is continued with "defg…".
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace hearth::testing {

struct TinyLlamaOptions {
  std::int64_t context = 64;
  std::string name = "Tiny";
  std::string chat_template = {};  ///< empty: none
  std::string license = {};
  /// The logit of the successor; all others are 0. At 30 sampling takes it too, at 1 it is one choice among many.
  float certainty = 30.0F;
  /// Successors that differ from the rule, by token text ("<0x1B>" is the byte ESC, "</s>" ends the answer).
  std::map<std::string, std::string> next = {};
};

/// A GGUF file: llama, two layers, 288 tokens (<unk>, <s>, </s>, 256 bytes, "▁", a to z, A, B) and as many dimensions.
/// The rule: each letter from a to y is followed by the next one, z by </s>, every other token by a. `seed` fills the
/// weights that have no influence.
void make_tiny_llama(const std::filesystem::path& path, std::uint32_t seed = 1, const TinyLlamaOptions& options = {});

/// A GGUF file: bert with mean pooling, two layers, 32 dimensions, 64 positions, random weights. It knows the words
/// red, crimson, car, cat, a, the, and lower-case letters.
void make_tiny_bert(const std::filesystem::path& path, std::uint32_t seed = 1);

}  // namespace hearth::testing
