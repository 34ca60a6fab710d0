#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "hearth/error.h"
#include "support/fixtures.h"
#include "text/tokenizer.h"

namespace hearth {
namespace {

using Ids = std::vector<TokenId>;

class LoadVocabFiles : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) { std::ofstream(folder() / name) << content; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::unique_ptr<const Tokenizer> load() const { return load_hf_tokenizer(folder()); }

  void write_bpe() {
    write(
        "vocab.json",
        R"({"a": 0, "b": 1, "\u0120": 2, "ab": 3, "\u0120ab": 4, "<|endoftext|>": 5, "1": 6, "11": 7, "'": 8, "'s": 9, "s": 10, "S": 11})");
    write("merges.txt", "#version: 0.2\na b\n\u0120 ab\r\n1 1\n' s\n\n");
  }

 private:
  testing::TemporaryFolder folder_;
};

Ids encode(const Tokenizer& tokenizer, std::string_view text, bool add_special = false, bool parse_special = true) {
  EncodeOptions options;
  options.add_special = add_special;
  options.parse_special = parse_special;
  return tokenizer.encode(text, options);
}

TEST_F(LoadVocabFiles, TakesTheRulesOfGpt2WhereNothingElseIsSaid) {
  write_bpe();
  const auto tokenizer = load();
  EXPECT_EQ(encode(*tokenizer, "ab ab11<|endoftext|>"), (Ids{3, 4, 7, 5}));
  EXPECT_TRUE(tokenizer->is_special(5));
  EXPECT_EQ(tokenizer->bos(), 5);
  EXPECT_EQ(tokenizer->eos(), 5);
  EXPECT_EQ(tokenizer->decode(Ids{3, 4}), "ab ab");
  EXPECT_EQ(encode(*load_hf_tokenizer(folder() / "vocab.json"), "ab"), (Ids{3}));
  EXPECT_EQ(encode(*load_hf_tokenizer(folder() / "merges.txt"), "ab"), (Ids{3}));
}

TEST_F(LoadVocabFiles, KnowsQwen2ByItsName) {
  write_bpe();
  write("tokenizer_config.json",
        R"({"tokenizer_class": "Qwen2Tokenizer", "eos_token": {"content": "<|im_end|>"}, "bos_token": null,
        "added_tokens_decoder": {"20": {"content": "<|im_end|>", "special": true}, "21": {"content": "<tool>", "special": false}}})");
  const auto tokenizer = load();
  EXPECT_EQ(encode(*tokenizer, "11"), (Ids{6, 6}));  // one digit at a time
  EXPECT_EQ(encode(*tokenizer, "a<|im_end|><tool>"), (Ids{0, 20, 21}));
  EXPECT_EQ(tokenizer->eos(), 20);
  EXPECT_EQ(tokenizer->bos(), std::nullopt);
  EXPECT_TRUE(tokenizer->is_special(20));
  EXPECT_FALSE(tokenizer->is_special(21));
  EXPECT_EQ(tokenizer->vocab_size(), 22);
  EXPECT_EQ(tokenizer->token_text(15), "");
}

TEST_F(LoadVocabFiles, KnowsQwen2ByTheModelToo) {
  write_bpe();
  write("config.json", R"({"model_type": "qwen2", "eos_token_id": [3, 4], "bos_token_id": 2})");
  write("added_tokens.json", R"({"<|im_end|>": 12})");
  write("special_tokens_map.json", R"({"pad_token": "<|im_end|>"})");
  const auto tokenizer = load();
  EXPECT_EQ(encode(*tokenizer, "11<|im_end|>"), (Ids{6, 6, 12}));
  EXPECT_TRUE(tokenizer->is_special(12));
  EXPECT_EQ(tokenizer->eos(), 3);
  EXPECT_EQ(tokenizer->bos(), 2);
}

TEST_F(LoadVocabFiles, RobertaSurroundsText) {
  write("vocab.json", R"({"<s>": 0, "</s>": 1, "a": 2, "<mask>": 3, "\u0120": 4})");
  write("merges.txt", "");
  write("tokenizer_config.json", R"({"tokenizer_class": "RobertaTokenizerFast"})");
  const auto tokenizer = load();
  EXPECT_EQ(encode(*tokenizer, "a <mask>", true), (Ids{0, 2, 3, 1}));  // <mask> takes the space before it
}

TEST_F(LoadVocabFiles, ReadsWordPiece) {
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##aff\n##able\nUn\n");
  EXPECT_EQ(encode(*load(), "UNaffable x [SEP]", true), (Ids{2, 4, 5, 6, 1, 3, 3}));
  write("tokenizer_config.json", R"({"do_lower_case": false})");
  EXPECT_EQ(encode(*load(), "Unaffable"), (Ids{7, 5, 6}));
  EXPECT_EQ(encode(*load_hf_tokenizer(folder() / "vocab.txt"), "unaffable"), (Ids{4, 5, 6}));
}

TEST_F(LoadVocabFiles, TheConfigDecidesWhatSurroundsAText) {
  write(
      "tokenizer.json",
      R"({"added_tokens": [{"id": 1, "content": "<s>", "special": true}, {"id": 2, "content": "</s>", "special": true}],
        "post_processor": {"type": "BertProcessing", "cls": ["<s>", 1], "sep": ["</s>", 2]},
        "model": {"type": "WordLevel", "vocab": {"a": 0, "<s>": 1, "</s>": 2}, "unk_token": "a"}})");
  EXPECT_EQ(encode(*load(), "a", true), (Ids{1, 0, 2}));
  write("tokenizer_config.json", R"({"bos_token": "<s>", "eos_token": {"content": "</s>"}})");
  EXPECT_EQ(encode(*load(), "a", true), (Ids{1, 0, 2}));
  EXPECT_EQ(load()->bos(), 1);
  EXPECT_EQ(load()->eos(), 2);
  write("tokenizer_config.json",
        R"({"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": true, "add_eos_token": false})");
  EXPECT_EQ(encode(*load(), "a", true), (Ids{1, 0}));
  write("tokenizer_config.json", R"({"bos_token": "nowhere", "add_bos_token": true})");
  EXPECT_EQ(encode(*load(), "a", true), (Ids{0}));
}

TEST_F(LoadVocabFiles, SaysWhatIsMissingOrWrong) {
  const auto refused = [this](ErrorCode code, const std::string& needle) {
    try {
      load();
      ADD_FAILURE() << "accepted; expected " << needle;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.message();
      EXPECT_NE(error.message().find(needle), std::string::npos) << error.message();
    }
  };
  refused(ErrorCode::kNotFound, "tokenizer.json");
  write("vocab.json", R"({"a": 0})");
  refused(ErrorCode::kNotFound, "merges.txt");
  write("merges.txt", "a b c\n");
  refused(ErrorCode::kCorruptData, "line 1");
  write("merges.txt", "a b\n");
  refused(ErrorCode::kCorruptData, "merges.txt");
  write("merges.txt", "");
  write("vocab.json", R"({"a": "x"})");
  refused(ErrorCode::kCorruptData, "vocab.json");
  write("vocab.json", R"({"a": 0})");
  write("tokenizer_config.json", R"({"tokenizer_class": "WhisperTokenizer"})");
  refused(ErrorCode::kUnsupported, "WhisperTokenizer");
  write("tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "y"}}})");
  refused(ErrorCode::kCorruptData, "added_tokens_decoder");
  write("tokenizer_config.json", R"({"added_tokens_decoder": {"999999999": {"content": "y"}}})");
  refused(ErrorCode::kCorruptData, "999999999");
  write("tokenizer_config.json", "{");
  refused(ErrorCode::kCorruptData, "tokenizer_config.json");
  EXPECT_THROW(load_hf_tokenizer(folder() / "nowhere"), Error);
}

}  // namespace
}  // namespace hearth
