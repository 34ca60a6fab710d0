// A line of millions of one letter, of spaces, of any bytes: seconds for every kind of tokenizer, not hours. The limits
// here are wide, since sanitizers and busy machines are slow; quadratic time would pass them a hundredfold.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/byte_alphabet.h"
#include "text/byte_tokens.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

constexpr std::size_t kBytes = 1'500'000;
constexpr std::chrono::seconds kLimit(60);

/// Merges of runs by doubling, for the characters given, over a vocabulary of all bytes.
std::string byte_level_bpe(const char* expression) {
  json::object vocabulary;
  json::array merges;
  std::string character;
  const auto add = [&vocabulary](const std::string& token) {
    vocabulary.emplace(token, static_cast<std::int64_t>(vocabulary.size()));
  };
  for (int byte = 0; byte < 256; ++byte) {
    character.clear();
    append_byte_alphabet(character, std::string(1, static_cast<char>(byte)));
    add(character);
  }
  for (const char* start : {"a", "\u0120", "1"}) {
    std::string token = start;
    for (int i = 0; i < 5; ++i) {
      merges.emplace_back(fmt::format("{} {}", token, token));
      token += token;
      add(token);
    }
  }
  json::object document;
  document["model"] = json::object({{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}});
  document["pre_tokenizer"] = json::object(
      {{"type", "Sequence"},
       {"pretokenizers",
        json::array{
            json::object(
                {{"type", "Split"}, {"pattern", json::object({{"Regex", expression}})}, {"behavior", "Isolated"}}),
            json::object({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}})}}});
  document["decoder"] = json::object({{"type", "ByteLevel"}});
  return json::serialize(document);
}

std::string sentencepiece_bpe() {
  json::object vocabulary;
  json::array merges;
  const auto add = [&vocabulary](const std::string& token) {
    vocabulary.emplace(token, static_cast<std::int64_t>(vocabulary.size()));
  };
  for (int byte = 0; byte < 256; ++byte) add(byte_token(static_cast<std::uint8_t>(byte)));
  for (const char* token : {"a", "\u2581", "aa", "\u2581\u2581", "aaa", "\u2581a", "aaaa"}) add(token);
  for (const char* merge : {"a a", "\u2581 \u2581", "aa a", "a aa", "\u2581 a", "aa aa", "aaa a"})
    merges.emplace_back(merge);
  json::object document;
  document["normalizer"] =
      json::object({{"type", "Replace"}, {"pattern", json::object({{"String", " "}})}, {"content", "\u2581"}});
  document["model"] =
      json::object({{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}, {"byte_fallback", true}});
  return json::serialize(document);
}

const char* const kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const char* const kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const char* const kGpt4o =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct Kind {
  std::string name;
  std::string file;
  bool keeps_bytes;
};

std::vector<Kind> kinds() {
  return {{"gpt2", byte_level_bpe(kGpt2), true},
          {"llama3", byte_level_bpe(kLlama3), true},
          {"gpt4o", byte_level_bpe(kGpt4o), true},
          {"digits", byte_level_bpe("(?=(\\d{3})+(?!\\d))"), true},
          {"whole", byte_level_bpe("never"), true},
          {"sentencepiece", sentencepiece_bpe(), false},
          {"unigram",
           R"({"pre_tokenizer": {"type": "Metaspace"}, "model": {"type": "Unigram", "unk_id": 0,
               "vocab": [["<unk>", 0], ["a", -3], ["aa", -4], ["aaaaaaaaaaaaaaaaaaaaaaaa", -9], ["\u2581", -3]]}})",
           false},
          {"wordpiece",
           R"({"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
               "model": {"type": "WordPiece", "max_input_chars_per_word": 100000000, "unk_token": "[UNK]",
                         "vocab": {"[UNK]": 0, "a": 1, "##a": 2, "##aaaaaaaaaaaaaaaa": 3, "1": 4, "##1": 5}}})",
           false}};
}

std::vector<std::string> texts() {
  std::mt19937 random(1);
  std::vector<std::string> all;
  for (const char* unit : {"a", " ", "A", "1", "\n", "!", "\u4f60", "a\u0301\u0316", " a", "      a", "'", "a "}) {
    std::string text;
    while (text.size() < kBytes) text += unit;
    all.push_back(std::move(text));
  }
  std::string bytes;
  for (std::size_t i = 0; i < kBytes; ++i) bytes.push_back(static_cast<char>(random() % 256));
  all.push_back(std::move(bytes));
  return all;
}

TEST(LongText, TakesSecondsForEveryKind) {
  const std::vector<std::string> all = texts();
  for (const Kind& kind : kinds()) {
    const auto tokenizer = parse_tokenizer_json(kind.file, kind.name);
    for (const std::string& text : all) {
      const auto begin = std::chrono::steady_clock::now();
      const std::vector<TokenId> ids = tokenizer->encode(text);
      EXPECT_LT(std::chrono::steady_clock::now() - begin, kLimit) << kind.name << ": " << text.substr(0, 8);
      if (!kind.keeps_bytes) continue;
      std::string bytes;
      for (const TokenId id : ids) bytes += tokenizer->token_bytes(id);
      EXPECT_TRUE(bytes == text) << kind.name << ": " << text.substr(0, 8);
    }
  }
}

TEST(LongText, MergesRunsAsShortOnes) {
  const auto tokenizer = parse_tokenizer_json(byte_level_bpe(kGpt2), "test");
  const std::vector<TokenId> ids = tokenizer->encode(std::string(kBytes, 'a'));
  const TokenId longest = *tokenizer->find(std::string(32, 'a'));
  ASSERT_EQ(ids.size(), kBytes / 32);
  for (const TokenId id : ids) EXPECT_EQ(id, longest);
}

}  // namespace
}  // namespace hearth
