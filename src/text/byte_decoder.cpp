// Decoders of tokens that stand for bytes.
#include <string>

#include "base/unicode.h"
#include "text/byte_alphabet.h"
#include "text/byte_tokens.h"
#include "text/decoder.h"

namespace hearth {
namespace {

/// A token with one character that is no byte is taken as it is.
std::string bytes_or_text(std::string token) {
  if (auto bytes = bytes_of_alphabet(token)) return *std::move(bytes);
  return token;
}

class ByteLevelStage final : public DecodeStage {
 public:
  void text(std::string_view chunk) override { token_ += chunk; }
  void end() override {
    next_->text(bytes_or_text(std::move(token_)));
    token_.clear();
  }
  void finish() override {
    next_->end();
    next_->finish();
  }

 private:
  std::string token_;
};

class ByteLevelDecoder final : public Decoder {
 public:
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<ByteLevelStage>(); }
  std::string middle(std::string token, bool) const override { return bytes_or_text(std::move(token)); }
  bool joins() const override { return true; }
};

class ByteFallbackStage final : public DecodeStage {
 public:
  void text(std::string_view chunk) override { token_ += chunk; }
  void end() override {
    if (const auto byte = byte_of_token(token_)) {
      run_.push_back(static_cast<char>(*byte));
    } else {
      flush();
      next_->text(token_);
      next_->end();
    }
    token_.clear();
  }
  void finish() override {
    flush();
    next_->finish();
  }

 private:
  void flush() {
    if (run_.empty()) return;
    if (is_valid_utf8(run_)) {
      next_->text(run_);
      next_->end();
    } else {
      for (std::size_t i = 0; i < run_.size(); ++i) {
        next_->text("\uFFFD");
        next_->end();
      }
    }
    run_.clear();
  }

  std::string token_;
  std::string run_;  // bytes that no other token has followed yet
};

class ByteFallbackDecoder final : public Decoder {
 public:
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<ByteFallbackStage>(); }
  std::string middle(std::string token, bool) const override {
    const auto byte = byte_of_token(token);
    return byte ? std::string(1, static_cast<char>(*byte)) : token;
  }
};

}  // namespace

std::unique_ptr<const Decoder> make_byte_level_decoder() { return std::make_unique<ByteLevelDecoder>(); }
std::unique_ptr<const Decoder> make_byte_fallback_decoder() { return std::make_unique<ByteFallbackDecoder>(); }

}  // namespace hearth
