#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "hearth/error.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

using Ids = std::vector<TokenId>;

// A byte-level BPE with one control token in the vocabulary and two tokens added behind it.
const char* const kBpe = R"({
  "version": "1.0", "truncation": {"max_length": 2}, "padding": {"strategy": {"Fixed": 8}},
  "added_tokens": [
    {"id": 0, "content": "<s>", "special": true, "normalized": false, "single_word": false, "lstrip": false, "rstrip": false},
    {"id": 99, "content": "<end>", "special": true, "normalized": false},
    {"id": 100, "content": "\n\n", "special": false, "normalized": true}],
  "normalizer": null,
  "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
  "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
                     "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
  "decoder": {"type": "ByteLevel"},
  "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2, "Ġ": 3, "ab": 4, "Ġab": 5, "Ã": 6, "©": 7, "Ċ": 8},
            "merges": ["a b", ["Ġ", "ab"]]}
})";

Ids encode(const Tokenizer& tokenizer, std::string_view text, bool add_special = false, bool parse_special = false) {
  EncodeOptions options;
  options.add_special = add_special;
  options.parse_special = parse_special;
  return tokenizer.encode(text, options);
}

TEST(LoadTokenizerJson, ReadsByteLevelBpe) {
  const auto tokenizer = parse_tokenizer_json(kBpe, "test");
  EXPECT_EQ(encode(*tokenizer, "ab ab\u00e9"), (Ids{4, 5, 6, 7}));
  EXPECT_EQ(encode(*tokenizer, "ab", true), (Ids{0, 4}));
  EXPECT_EQ(tokenizer->kind(), "byte-level BPE");
  EXPECT_EQ(tokenizer->decode(Ids{4, 5, 6, 7}), "ab ab\u00e9");
  EXPECT_EQ(tokenizer->token_bytes(6), "\xC3");
  EXPECT_EQ(tokenizer->token_text(5), "Ġab");
  EXPECT_EQ(tokenizer->find("Ġab"), 5);
  EXPECT_EQ(tokenizer->find("nothing"), std::nullopt);
  // Bytes without a token (x here) are left out, as Hugging Face does without an unk_token: what stood beside them
  // meets.
  EXPECT_EQ(encode(*tokenizer, "axb\xff"), (Ids{4}));
}

TEST(LoadTokenizerJson, CountsAddedTokensOnFromTheVocabulary) {
  const auto tokenizer = parse_tokenizer_json(kBpe, "test");
  EXPECT_EQ(tokenizer->vocab_size(), 11);
  EXPECT_EQ(tokenizer->find("<end>"), 9);  // whatever the file says
  EXPECT_EQ(tokenizer->find("\n\n"), 10);
  EXPECT_TRUE(tokenizer->is_special(0));
  EXPECT_TRUE(tokenizer->is_special(9));
  EXPECT_FALSE(tokenizer->is_special(10));
  EXPECT_EQ(encode(*tokenizer, "a<end>\n\n\n", false, true), (Ids{1, 9, 10, 8}));
  EXPECT_EQ(tokenizer->decode(Ids{1, 9, 10}), "a<end>\n\n");
  EXPECT_EQ(tokenizer->decode(Ids{1, 9, 10}, true), "a\n\n");
}

TEST(LoadTokenizerJson, RefusesIdsOutsideWhenDecoding) {
  const auto tokenizer = parse_tokenizer_json(kBpe, "test");
  for (const TokenId id : {-1, 11, 2'000'000'000}) {
    try {
      tokenizer->decode(Ids{id});
      ADD_FAILURE() << id;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
    EXPECT_THROW(tokenizer->token_bytes(id), Error);
    EXPECT_FALSE(tokenizer->is_special(id));
    EXPECT_EQ(tokenizer->token_text(id), "");
  }
}

// "<s>" is in the vocabulary as well; no model may make it of a user's text.
TEST(LoadTokenizerJson, NeverMakesControlTokensOfPlainText) {
  const char* added = R"("added_tokens": [{"id": 1, "content": "<s>", "special": true, "normalized": false}])";
  const std::string models[] = {
      R"({"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["<s>", 0], ["<", -5], ["s", -5], [">", -5]]})",
      R"({"type": "BPE", "ignore_merges": true, "vocab": {"<unk>": 0, "<s>": 1, "<": 2, "s": 3, ">": 4}, "merges": []})",
      R"({"type": "BPE", "vocab": {"<unk>": 0, "<s>": 1, "<": 2, "s": 3, ">": 4, "<s": 5}, "merges": ["< s", "<s >"]})",
      R"({"type": "WordPiece", "unk_token": "<unk>", "vocab": {"<unk>": 0, "<s>": 1, "<": 2, "##s": 3, "##>": 4}})",
      R"({"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "<s>": 1}})"};
  for (const std::string& model : models) {
    const auto tokenizer = parse_tokenizer_json(std::string("{") + added + ", \"model\": " + model + "}", "test");
    const Ids plain = encode(*tokenizer, "<s>");
    EXPECT_EQ(std::count(plain.begin(), plain.end(), 1), 0) << model;
    EXPECT_FALSE(plain.empty()) << model;
    EXPECT_EQ(encode(*tokenizer, "<s>", false, true), (Ids{1})) << model;
  }
}

TEST(LoadTokenizerJson, GuessesTheTypeOfOldModels) {
  const auto kind = [](const char* model) {
    return std::string(parse_tokenizer_json(std::string(R"({"model": )") + model + "}", "test")->kind());
  };
  EXPECT_EQ(kind(R"({"vocab": {"a": 0}, "merges": []})"), "byte-level BPE");
  EXPECT_EQ(kind(R"({"vocab": {"a": 0}, "merges": [], "byte_fallback": true})"), "SentencePiece BPE");
  EXPECT_EQ(kind(R"({"vocab": [["a", -1]], "unk_id": 0})"), "Unigram");
  EXPECT_EQ(kind(R"({"vocab": {"a": 0}, "max_input_chars_per_word": 10})"), "WordPiece");
  EXPECT_EQ(kind(R"({"vocab": {"a": 0}, "unk_token": "a"})"), "WordLevel");
}

/// Loading must fail with an Error that names the file and has `needle` in it.
void expect_refusal(const std::string& text, const std::string& needle, ErrorCode code = ErrorCode::kCorruptData) {
  try {
    parse_tokenizer_json(text, "dir/tokenizer.json");
    ADD_FAILURE() << "accepted: " << text.substr(0, 200);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_EQ(error.message().rfind("dir/tokenizer.json", 0), 0u) << error.message();
    EXPECT_NE(error.message().find(needle), std::string::npos) << error.message() << "\nlacks " << needle;
  }
}

std::string with_model(const std::string& model) { return R"({"model": )" + model + "}"; }

TEST(LoadTokenizerJson, RefusesBrokenModels) {
  expect_refusal("", "JSON");
  expect_refusal("[]", "object");
  expect_refusal("{}", "model");
  expect_refusal(with_model("7"), "model");
  expect_refusal(with_model(R"({"type": "Markov"})"), "Markov", ErrorCode::kUnsupported);
  expect_refusal(with_model(R"({"type": "BPE"})"), "vocab");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}})"), "merges");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": "x"}, "merges": []})"), "vocab");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 1.5}, "merges": []})"), "vocab");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": -1}, "merges": []})"), "-1");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 4000000000}, "merges": []})"), "4000000000");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 2000000000}, "merges": []})"), "2000000000");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 1e300}, "merges": []})"), "vocab");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []})"), "\"b\"");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]})"), "merges[0]");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a", "a a a"]})"), "merges[1]");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]})"), "merges[0]");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [7]})"), "merges[0]");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]})"), "\"b\"");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]})"), "\"ab\"");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"})"), "unk_token");
  expect_refusal(with_model(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1})"), "dropout",
                 ErrorCode::kUnsupported);
  expect_refusal(with_model(R"({"type": "Unigram", "vocab": {"a": 0}})"), "vocab");
  expect_refusal(with_model(R"({"type": "Unigram", "vocab": [["a"]]})"), "vocab[0]");
  expect_refusal(with_model(R"({"type": "Unigram", "vocab": [["a", "b"]]})"), "vocab[0]");
  expect_refusal(with_model(R"({"type": "Unigram", "vocab": [["a", -1]], "unk_id": 1})"), "unk_id");
  expect_refusal(with_model(R"({"type": "WordPiece", "vocab": {"a": 0}, "max_input_chars_per_word": -1})"),
                 "max_input");
}

TEST(LoadTokenizerJson, RefusesBrokenParts) {
  const std::string model = R"("model": {"type": "BPE", "vocab": {"a": 0}, "merges": []})";
  const auto with = [&model](const std::string& part) { return "{" + model + ", " + part + "}"; };
  expect_refusal(with(R"("added_tokens": {})"), "added_tokens");
  expect_refusal(with(R"("added_tokens": [{"content": "x"}])"), "added_tokens[0]: id");
  expect_refusal(with(R"("added_tokens": [{"id": 1}])"), "added_tokens[0]: content");
  expect_refusal(with(R"("added_tokens": [{"id": -4, "content": "x"}])"), "-4");
  expect_refusal(with(R"("added_tokens": [{"id": 4000000000, "content": "x"}])"), "4000000000");
  expect_refusal(with(R"("added_tokens": [{"id": 1, "content": ")" + std::string(5000, 'x') + R"("}])"), "5000");
  expect_refusal(with(R"("added_tokens": [{"id": 1, "content": "x", "special": 1}])"), "special");
  expect_refusal(with(R"("normalizer": {"type": "Sparkle"})"), "Sparkle", ErrorCode::kUnsupported);
  expect_refusal(with(R"("pre_tokenizer": {"type": "Sparkle"})"), "Sparkle", ErrorCode::kUnsupported);
  expect_refusal(with(R"("post_processor": {"type": "Sparkle"})"), "Sparkle", ErrorCode::kUnsupported);
  expect_refusal(with(R"("decoder": {"type": "Sparkle"})"), "Sparkle", ErrorCode::kUnsupported);
  expect_refusal(with(R"("post_processor": {"type": "TemplateProcessing", "single": []})"), "single");
  expect_refusal(
      with(
          R"("post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "q"}}, {"Sequence": {"id": "A"}}],
                       "special_tokens": {}})"),
      "q");
  expect_refusal(with(R"("post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]})"),
                 "post_processor");
  expect_refusal(with(R"("post_processor": {"type": "BertProcessing", "sep": ["</s>"], "cls": ["<s>", 0]})"), "sep");
}

TEST(LoadTokenizerJson, RefusesATruncatedFileAtEveryByte) {
  const std::string text = kBpe;
  for (std::size_t n = 0; n < text.size(); ++n)
    EXPECT_THROW(parse_tokenizer_json(text.substr(0, n), "test"), Error) << n;
}

TEST(LoadTokenizerJson, RefusesEndlessNesting) {
  std::string open;
  std::string close;
  for (int i = 0; i < 5000; ++i) {
    open += R"({"type":"Sequence","normalizers":[)";
    close += "]}";
  }
  expect_refusal(R"({"model": {"type": "BPE", "vocab": {}, "merges": []}, "normalizer": )" + open + close + "}",
                 "JSON");
}

TEST(LoadTokenizerJson, NamesSequencesByPlace) {
  expect_refusal(
      R"({"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": {"type": "Sequence", "pretokenizers":
                   [{"type": "WhitespaceSplit"}, {"type": "Split", "pattern": {"Regex": "a("}, "behavior": "Isolated"}]}})",
      "pretokenizers[1]: pattern");
}

}  // namespace
}  // namespace hearth
