#include "text/decoder.h"

#include <algorithm>

namespace hearth {
namespace {

class FuseStage final : public DecodeStage {
 public:
  void text(std::string_view chunk) override { next_->text(chunk); }
  void end() override {}
  void finish() override {
    next_->end();
    next_->finish();
  }
};

class FuseDecoder final : public Decoder {
 public:
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<FuseStage>(); }
  std::string middle(std::string token, bool) const override { return token; }
  bool joins() const override { return true; }
};

class SpaceJoinStage final : public DecodeStage {
 public:
  void text(std::string_view chunk) override {
    if (!first_ && !inside_) next_->text(" ");
    inside_ = true;
    next_->text(chunk);
  }
  void end() override {
    if (!inside_) text({});
    inside_ = false;
    first_ = false;
  }
  void finish() override {
    next_->end();
    next_->finish();
  }

 private:
  bool first_ = true;
  bool inside_ = false;
};

class SpaceJoinDecoder final : public Decoder {
 public:
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<SpaceJoinStage>(); }
  std::string middle(std::string token, bool) const override { return " " + token; }
  bool joins() const override { return true; }
};

/// Replaces in the text so far; `final` says that no more of the token comes. What may still become part of a match
/// stays in `pending`.
class ReplaceStage final : public DecodeStage {
 public:
  ReplaceStage(const Pattern& pattern, const std::string& with) : pattern_(pattern), with_(with) {}
  void text(std::string_view chunk) override {
    pending_ += chunk;
    const auto literal = pattern_.literal_text();
    if (!literal || literal->empty() || pending_.size() < literal->size()) return;
    const std::size_t done = replace();
    const std::size_t safe = std::max(done, pending_.size() - (literal->size() - 1));
    next_->text(std::string_view(pending_).substr(done, safe - done));
    pending_.erase(0, safe);
  }
  void end() override {
    const std::size_t done = replace();
    next_->text(std::string_view(pending_).substr(done));
    next_->end();
    pending_.clear();
  }

 private:
  std::size_t replace() {
    std::size_t done = 0;
    pattern_.each_match(pending_, [&](std::size_t begin, std::size_t end) {
      next_->text(std::string_view(pending_).substr(done, begin - done));
      next_->text(with_);
      done = end;
    });
    return done;
  }

  const Pattern& pattern_;
  const std::string& with_;
  std::string pending_;
};

class ReplaceDecoder final : public Decoder {
 public:
  ReplaceDecoder(Pattern pattern, std::string with) : pattern_(std::move(pattern)), with_(std::move(with)) {}
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<ReplaceStage>(pattern_, with_); }
  std::string middle(std::string token, bool) const override {
    std::string out;
    std::size_t done = 0;
    pattern_.each_match(token, [&](std::size_t begin, std::size_t end) {
      out.append(token, done, begin - done).append(with_);
      done = end;
    });
    return out.append(token, done);
  }

 private:
  Pattern pattern_;
  std::string with_;
};

class StripStage final : public DecodeStage {
 public:
  StripStage(const std::string& content, std::size_t start, std::size_t stop)
      : content_(content), start_(start), stop_(stop) {}
  void text(std::string_view chunk) override {
    pending_ += chunk;
    strip_start();
    if (stripping_ && pending_.size() < content_.size()) return;
    const std::size_t held = std::min(pending_.size(), stop_ * content_.size());
    if (held == pending_.size()) return;
    next_->text(std::string_view(pending_).substr(0, pending_.size() - held));
    pending_.erase(0, pending_.size() - held);
  }
  void end() override {
    std::string_view rest = pending_;
    for (std::size_t i = 0; i < stop_ && rest.ends_with(content_); ++i) rest.remove_suffix(content_.size());
    next_->text(rest);
    next_->end();
    pending_.clear();
    stripped_ = 0;
    stripping_ = true;
  }

 private:
  void strip_start() {
    while (stripping_ && pending_.size() >= content_.size()) {
      if (stripped_ == start_ || !pending_.starts_with(content_)) {
        stripping_ = false;
      } else {
        pending_.erase(0, content_.size());
        ++stripped_;
      }
    }
  }

  const std::string& content_;
  std::size_t start_;
  std::size_t stop_;
  std::string pending_;
  std::size_t stripped_ = 0;
  bool stripping_ = true;
};

class StripDecoder final : public Decoder {
 public:
  StripDecoder(std::string content, std::size_t start, std::size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}
  std::unique_ptr<DecodeStage> start() const override { return std::make_unique<StripStage>(content_, start_, stop_); }
  std::string middle(std::string token, bool joined) const override {
    if (joined) return token;
    std::string_view rest = token;
    for (std::size_t i = 0; i < start_ && rest.starts_with(content_); ++i) rest.remove_prefix(content_.size());
    for (std::size_t i = 0; i < stop_ && rest.ends_with(content_); ++i) rest.remove_suffix(content_.size());
    return std::string(rest);
  }
  bool strips_leading_space(bool joined) const override { return joined && content_ == " " && start_ > 0; }

 private:
  std::string content_;
  std::size_t start_;
  std::size_t stop_;
};

}  // namespace

std::string decode_middle(const DecoderChain& chain, std::string token) {
  bool joined = false;
  for (const auto& decoder : chain) {
    token = decoder->middle(std::move(token), joined);
    joined = joined || decoder->joins();
  }
  return token;
}

bool strips_leading_space(const DecoderChain& chain) {
  bool joined = false;
  for (const auto& decoder : chain) {
    if (decoder->strips_leading_space(joined)) return true;
    joined = joined || decoder->joins();
  }
  return false;
}

std::unique_ptr<const Decoder> make_fuse_decoder() { return std::make_unique<FuseDecoder>(); }
std::unique_ptr<const Decoder> make_space_join_decoder() { return std::make_unique<SpaceJoinDecoder>(); }
std::unique_ptr<const Decoder> make_replace_decoder(Pattern pattern, std::string with) {
  return std::make_unique<ReplaceDecoder>(std::move(pattern), std::move(with));
}
std::unique_ptr<const Decoder> make_strip_decoder(std::string content, std::size_t start, std::size_t stop) {
  return std::make_unique<StripDecoder>(std::move(content), start, stop);
}

}  // namespace hearth
