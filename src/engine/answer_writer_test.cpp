// Text in pieces, with the probabilities that belong to them.
#include "engine/answer_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/word_tokenizer.h"

namespace hearth {
namespace {

struct Piece {
  std::string text;
  std::vector<TokenId> ids;
  bool operator==(const Piece&) const = default;
};

class AnswerWriterTest : public ::testing::Test {
 protected:
  AnswerWriter writer(const std::vector<std::string>& stops = {}) {
    return {tokenizer_, stops, [this](const AnswerPiece& piece) {
              Piece seen{std::string(piece.text), {}};
              for (const TokenLogprob& each : piece.logprobs) seen.ids.push_back(each.id);
              pieces_.push_back(std::move(seen));
              return true;
            }};
  }
  static AnswerWriter::State push(AnswerWriter& writer, TokenId id) {
    return writer.push(id, TokenLogprob{id, -1, {}});
  }

  testing::WordTokenizer tokenizer_{std::vector<std::string>{"ab", "cd", "\xC3", "\xA4", "e", "f"}};
  std::vector<Piece> pieces_;
};

TEST_F(AnswerWriterTest, EachTokenComesWithTheTextItCompletes) {
  AnswerWriter writer = this->writer();
  push(writer, 0);
  push(writer, 2);  // the first half of ä
  push(writer, 3);
  writer.finish();
  EXPECT_EQ(pieces_, (std::vector<Piece>{{"ab", {0}}, {"ä", {2, 3}}}));
}

TEST_F(AnswerWriterTest, HeldBackTextBringsItsTokensLater) {
  AnswerWriter writer = this->writer({"bcdx"});
  push(writer, 0);
  push(writer, 1);
  EXPECT_EQ(pieces_, (std::vector<Piece>{{"a", {}}}));
  push(writer, 4);
  EXPECT_EQ(pieces_, (std::vector<Piece>{{"a", {}}, {"bcde", {0, 1, 4}}}));
}

TEST_F(AnswerWriterTest, AStopStringsTokensComeAtTheEnd) {
  AnswerWriter writer = this->writer({"bcde"});
  EXPECT_EQ(push(writer, 0), AnswerWriter::State::kOpen);
  EXPECT_EQ(push(writer, 1), AnswerWriter::State::kOpen);
  EXPECT_EQ(push(writer, 4), AnswerWriter::State::kStopped);
  EXPECT_EQ(pieces_, (std::vector<Piece>{{"a", {}}, {"", {0, 1, 4}}}));
  EXPECT_EQ(writer.text(), "a");
}

TEST_F(AnswerWriterTest, WithoutProbabilitiesNoPieceIsEmpty) {
  AnswerWriter writer = this->writer({"bcdx"});
  writer.push(0);
  writer.push(1);
  EXPECT_FALSE(writer.finish());
  EXPECT_EQ(pieces_, (std::vector<Piece>{{"a", {}}, {"bcd", {}}}));
  EXPECT_EQ(writer.text(), "abcd");
}

}  // namespace
}  // namespace hearth
