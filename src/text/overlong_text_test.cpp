#include "text/overlong_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace hearth {
namespace {

/// A token is a byte, or as many as it is told; it notes how much it was given.
class CountingTokenizer : public Tokenizer {
 public:
  explicit CountingTokenizer(std::size_t bytes_a_token = 1) : bytes_a_token_(bytes_a_token) {}

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override {
    read += text.size();
    last = std::string(text.substr(text.size() - std::min<std::size_t>(8, text.size())));
    untrusted.assign(options.untrusted.begin(), options.untrusted.end());
    return std::vector<TokenId>((text.size() + bytes_a_token_ - 1) / bytes_a_token_);
  }
  std::string decode(std::span<const TokenId>, bool) const override { return {}; }
  std::string token_bytes(TokenId) const override { return {}; }
  bool strips_leading_space() const override { return false; }
  std::int64_t vocab_size() const override { return 1; }
  std::string_view token_text(TokenId) const override { return {}; }
  std::optional<TokenId> find(std::string_view) const override { return {}; }
  bool is_special(TokenId) const override { return false; }
  std::optional<TokenId> bos() const override { return {}; }
  std::optional<TokenId> eos() const override { return {}; }
  std::string_view kind() const override { return "counting"; }

  mutable std::size_t read = 0;
  mutable std::string last;
  mutable std::vector<std::pair<std::size_t, std::size_t>> untrusted;

 private:
  std::size_t bytes_a_token_;
};

constexpr std::size_t kCounted = 65536;

TEST(OverlongText, LeavesShortTextsToBeCountedExactly) {
  const CountingTokenizer tokenizer;
  EXPECT_FALSE(find_overlong(tokenizer, std::string(kCounted, 'a'), {}, 10));
  EXPECT_FALSE(find_overlong(tokenizer, std::string(16 * 10000, 'a'), {}, 10000));
  EXPECT_FALSE(find_overlong(tokenizer, std::string(2 * kCounted, 'a'), {}, std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(tokenizer.read, 0U);
}

TEST(OverlongText, ReadsNoMoreThanShowsIt) {
  const CountingTokenizer tokenizer;
  const auto found = find_overlong(tokenizer, std::string(20'000'000, 'a'), {}, 512);
  ASSERT_TRUE(found);
  EXPECT_EQ(tokenizer.read, kCounted);
  EXPECT_EQ(found->bytes, kCounted);
  EXPECT_GT(found->tokens, 512);
  EXPECT_LE(found->tokens, 20'000'000);
}

TEST(OverlongText, ReadsOnWhereTokensAreLong) {
  const CountingTokenizer tokenizer(1000);  // 66 of 64 KiB, 263 of 256 KiB, 1049 of 1 MiB
  const std::string text(2'000'000, 'a');
  const auto found = find_overlong(tokenizer, text, {}, 512);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->bytes, 16 * kCounted);
  EXPECT_EQ(found->tokens, 1049 / 2);
  EXPECT_FALSE(find_overlong(tokenizer, text, {}, 1999));  // 2000 tokens: whoever wants to know counts them
  EXPECT_FALSE(find_overlong(tokenizer, text, {}, 2000));
}

TEST(OverlongText, CutsBehindAWholeCharacter) {
  const CountingTokenizer tokenizer;
  for (const std::size_t shift : {0U, 1U, 2U, 3U}) {
    std::string text(shift, 'a');
    while (text.size() < 2 * kCounted) text += "\xF0\x9F\x98\x80";
    const auto found = find_overlong(tokenizer, text, {}, 10);
    ASSERT_TRUE(found);
    EXPECT_EQ((found->bytes - shift) % 4, 0U);
    EXPECT_EQ(tokenizer.last.substr(4), "\xF0\x9F\x98\x80");
  }
  // Bytes that are no text have no characters to keep whole.
  EXPECT_EQ(find_overlong(tokenizer, std::string(2 * kCounted, '\x80'), {}, 10)->bytes, kCounted);
}

TEST(OverlongText, KeepsWhatIsUntrustedSo) {
  const CountingTokenizer tokenizer;
  const std::vector<std::pair<std::size_t, std::size_t>> untrusted = {
      {5, 9}, {kCounted - 4, kCounted + 4}, {kCounted + 10, kCounted + 20}};
  EncodeOptions options;
  options.untrusted = untrusted;
  ASSERT_TRUE(find_overlong(tokenizer, std::string(2 * kCounted, 'a'), options, 10));
  EXPECT_EQ(tokenizer.untrusted, (std::vector<std::pair<std::size_t, std::size_t>>{{5, 9}, {kCounted - 4, kCounted}}));
}

}  // namespace
}  // namespace hearth
