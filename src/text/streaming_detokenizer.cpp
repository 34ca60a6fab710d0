#include "text/tokenizer.h"
#include "text/whole_characters.h"

namespace hearth {
namespace {

/// By what the interface says of single tokens.
class TokenwiseStream final : public DecodeStream {
 public:
  TokenwiseStream(const Tokenizer& tokenizer, bool skip_special)
      : tokenizer_(tokenizer), skip_special_(skip_special), drop_space_(tokenizer.strips_leading_space()) {}

  void push(TokenId id, std::string& out) override {
    if (skip_special_ && tokenizer_.is_special(id)) return;
    std::string bytes = tokenizer_.token_bytes(id);
    if (bytes.empty()) return;
    if (drop_space_ && bytes.front() == ' ') bytes.erase(0, 1);
    drop_space_ = false;
    characters_.push(bytes, out);
  }
  void finish(std::string& out) override { characters_.finish(out); }

 private:
  const Tokenizer& tokenizer_;
  bool skip_special_;
  bool drop_space_;
  WholeCharacters characters_;
};

}  // namespace

std::unique_ptr<DecodeStream> Tokenizer::start_decoding(bool skip_special) const {
  return std::make_unique<TokenwiseStream>(*this, skip_special);
}

StreamingDetokenizer::StreamingDetokenizer(const Tokenizer& tokenizer, bool skip_special)
    : stream_(tokenizer.start_decoding(skip_special)) {}

std::string StreamingDetokenizer::push(TokenId id) {
  std::string out;
  stream_->push(id, out);
  return out;
}

std::string StreamingDetokenizer::finish() {
  std::string out;
  stream_->finish(out);
  return out;
}

}  // namespace hearth
