#include "text/unigram.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth {
namespace {

struct Entry {
  std::string text;
  double score;
};

std::unique_ptr<Unigram> make_unigram(const std::vector<Entry>& entries, std::optional<TokenId> unk,
                                      bool byte_fallback = false) {
  auto vocabulary = std::make_shared<Vocabulary>("test", entries.size());
  std::vector<double> scores;
  for (const Entry& entry : entries) {
    vocabulary->add(entry.text, static_cast<std::int64_t>(scores.size()));
    scores.push_back(entry.score);
  }
  std::vector<bool> usable(entries.size(), true);
  return std::make_unique<Unigram>(std::move(vocabulary), std::move(scores), usable,
                                   UnigramOptions{unk, byte_fallback});
}

std::vector<TokenId> encode(const TokenModel& model, const std::string& text) {
  PieceCache cache(0);
  std::vector<TokenId> ids;
  model.encode(text, cache, ids);
  return ids;
}

/// The score of the best of all ways to write `text`, tried one after another.
double best_score(const std::vector<Entry>& entries, const std::string& text) {
  if (text.empty()) return 0;
  double best = -std::numeric_limits<double>::infinity();
  for (const Entry& entry : entries) {
    if (text.starts_with(entry.text))
      best = std::max(best, entry.score + best_score(entries, text.substr(entry.text.size())));
  }
  return best;
}

TEST(Unigram, FindsTheBestOfAllWays) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<Entry> entries = {{"<unk>", 0}};
    for (const char* letter : {"a", "b", "\u2581"})
      entries.push_back({letter, -1.0 - static_cast<double>(random() % 1000) / 100});
    for (const char* piece : {"ab", "ba", "aa", "aba", "bb", "abb", "\u2581a", "\u2581\u2581", "\u2581ab", "b\u2581"}) {
      if (random() % 2 == 0) entries.push_back({piece, -1.0 - static_cast<double>(random() % 1500) / 100});
    }
    const auto model = make_unigram(entries, 0);
    std::string text;
    for (unsigned n = 1 + random() % 9; n > 0; --n) text += std::vector<std::string>{"a", "b", "\u2581"}[random() % 3];
    double score = 0;
    std::string joined;
    for (const TokenId id : encode(*model, text)) {
      score += entries[static_cast<std::size_t>(id)].score;
      joined += entries[static_cast<std::size_t>(id)].text;
    }
    EXPECT_EQ(joined, text);
    EXPECT_NEAR(score, best_score(entries, text), 1e-9) << text;
  }
}

TEST(Unigram, JoinsUnknownCharacters) {
  const auto model = make_unigram({{"<unk>", 0}, {"a", -1}, {"b", -2}}, 0);
  EXPECT_EQ(encode(*model,
                   "a\u4f60\u597d"
                   "b\xff"),
            (std::vector<TokenId>{1, 0, 2, 0}));
}

TEST(Unigram, WritesUnknownCharactersInBytes) {
  std::vector<Entry> entries = {{"<unk>", 0}, {"a", -1}};
  for (int byte = 0; byte < 256; ++byte) {
    char text[8];
    std::snprintf(text, sizeof text, "<0x%02X>", static_cast<unsigned>(byte));
    entries.push_back({text, 0});
  }
  const auto model = make_unigram(entries, 0, true);
  EXPECT_EQ(encode(*model, "a\u00e9"), (std::vector<TokenId>{1, 2 + 0xC3, 2 + 0xA9}));
}

TEST(Unigram, SaysSoWhereThereIsNoUnknownToken) {
  const auto model = make_unigram({{"a", -1}}, std::nullopt);
  EXPECT_THROW(encode(*model, "ab"), Error);
}

}  // namespace
}  // namespace hearth
