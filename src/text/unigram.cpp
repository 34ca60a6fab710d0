#include "text/unigram.h"

#include <algorithm>
#include <limits>

#include "base/unicode.h"
#include "hearth/error.h"
#include "text/byte_tokens.h"
#include "text/word_boundary.h"

namespace hearth {
namespace {

constexpr double kUnknownPenalty = 10;  // as SentencePiece and Hugging Face tokenizers have it
constexpr std::size_t kMaxPiece = std::size_t{1} << 30;
constexpr TokenId kUnknown = -1;

/// The best way to the end of a prefix: its last token and where that begins.
struct Step {
  TokenId id = kUnknown;
  std::uint32_t begin = 0;
};

}  // namespace

Unigram::Unigram(std::shared_ptr<const Vocabulary> vocabulary, std::vector<double> scores,
                 const std::vector<bool>& usable, const UnigramOptions& options, std::optional<double> least)
    : vocabulary_(std::move(vocabulary)), scores_(std::move(scores)), options_(options) {
  double lowest = std::numeric_limits<double>::infinity();
  bool crosses = false;
  std::vector<std::pair<std::string_view, std::int32_t>> entries;
  for (std::size_t i = 0; i < scores_.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    if (!vocabulary_->contains(id)) continue;
    lowest = std::min(lowest, scores_[i]);
    if (!usable[i]) continue;
    const std::string_view text = vocabulary_->text(id);
    entries.emplace_back(text, id);
    crosses = crosses || crosses_word_boundary(text);
  }
  unknown_score_ = least.value_or(lowest) - kUnknownPenalty;
  trie_ = ByteTrie(std::move(entries));
  words_are_independent_ = !crosses && trie_.longest_prefix(kMetaspace).length > 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    bytes_[byte] = vocabulary_->find(byte_token(static_cast<std::uint8_t>(byte)));
  }
}

std::size_t Unigram::independent_prefix(std::string_view piece) const {
  return words_are_independent_ ? first_word_length(piece) : piece.size();
}

void Unigram::add_unknown(std::string_view text, std::vector<TokenId>& out) const {
  const auto id_of = [this](char byte) { return bytes_[static_cast<std::uint8_t>(byte)]; };
  if (options_.byte_fallback &&
      std::all_of(text.begin(), text.end(), [&](char byte) { return id_of(byte).has_value(); })) {
    for (const char byte : text) out.push_back(*id_of(byte));
    return;
  }
  if (!options_.unk) {
    throw Error(ErrorCode::kInvalidArgument,
                "the text has a character that the vocabulary lacks, and there is no unknown token");
  }
  out.push_back(*options_.unk);
}

void Unigram::tokenize(std::string_view piece, std::vector<TokenId>& out) const {
  if (piece.size() > kMaxPiece) throw Error(ErrorCode::kInvalidArgument, "the text is too long to tokenise");
  constexpr double kUnreached = -std::numeric_limits<double>::infinity();
  std::vector<double> scores(piece.size() + 1, kUnreached);
  std::vector<bool> reached(piece.size() + 1, false);
  std::vector<Step> steps(piece.size() + 1);
  scores[0] = 0;
  const auto offer = [&](std::size_t begin, std::size_t end, TokenId id, double score) {
    const double total = scores[begin] + score;
    if (reached[end] && !(total > scores[end])) return;  // of equals the one found first stays
    reached[end] = true;
    scores[end] = total;
    steps[end] = {id, static_cast<std::uint32_t>(begin)};
  };
  for (std::size_t begin = 0; begin < piece.size();) {
    const std::size_t character = decode_utf8(piece, begin).length;
    bool covers_character = false;
    trie_.each_prefix(piece.substr(begin), [&](std::size_t length, TokenId id) {
      covers_character = covers_character || length == character;
      offer(begin, begin + length, id, scores_[static_cast<std::size_t>(id)]);
    });
    if (!covers_character) offer(begin, begin + character, kUnknown, unknown_score_);
    begin += character;
  }
  std::vector<Step> path;  // from the end; unknown stretches joined
  std::vector<std::size_t> ends;
  for (std::size_t end = piece.size(); end > 0;) {
    const Step step = steps[end];
    const bool unknown = step.id == kUnknown || step.id == options_.unk;
    if (unknown && !path.empty() && path.back().id == kUnknown && path.back().begin == end) {
      path.back().begin = step.begin;
    } else {
      path.push_back({unknown ? kUnknown : step.id, step.begin});
      ends.push_back(end);
    }
    end = step.begin;
  }
  for (std::size_t i = path.size(); i-- > 0;) {
    if (path[i].id != kUnknown) {
      out.push_back(path[i].id);
    } else {
      add_unknown(piece.substr(path[i].begin, ends[i] - path[i].begin), out);
    }
  }
}

}  // namespace hearth
