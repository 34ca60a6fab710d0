#include "text/oniguruma_syntax.h"

#include <fmt/format.h>

#include "hearth/error.h"

namespace hearth {
namespace {

// PCRE2's \s also takes U+180E and its \w takes no marks; these are what Oniguruma's Unicode tables say.
constexpr std::string_view kSpace = "\\p{White_Space}";
constexpr std::string_view kNotSpace = "\\P{White_Space}";
constexpr std::string_view kWord = "\\p{L}\\p{M}\\p{N}\\p{Pc}";

class Rewriter {
 public:
  Rewriter(std::string_view in, const std::string& where) : in_(in), where_(where) {}

  std::string run() {
    while (i_ < in_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = in_[i_];
    if (c == '\\' && i_ + 1 < in_.size()) {
      escape(in_[i_ + 1]);
    } else if (c == '[') {
      open_class();
    } else if (c == ']' && depth_ > 0) {
      --depth_;
      copy(1);
    } else if (depth_ > 0 && in_.substr(i_, 2) == "&&") {
      refuse("an intersection of classes (&&)");
    } else if (depth_ == 0 && in_.substr(i_, 2) == "{,") {
      out_ += "{0,";
      i_ += 2;
    } else if (depth_ == 0 && in_.substr(i_, 2) == "(?") {
      group_options();
    } else {
      copy(1);
    }
  }

  void escape(char kind) {
    switch (kind) {
      case 's': put(kSpace); break;
      case 'S': put(kNotSpace); break;
      case 'w': put(depth_ > 0 ? std::string(kWord) : "[" + std::string(kWord) + "]"); break;
      case 'W': put(depth_ > 0 ? "\\W" : "[^" + std::string(kWord) + "]"); break;
      case 'h': put(depth_ > 0 ? "0-9a-fA-F" : "[0-9a-fA-F]"); break;
      case 'H': put(depth_ > 0 ? "\\H" : "[^0-9a-fA-F]"); break;
      default: copy(2);
    }
  }

  void put(std::string_view text) {
    out_ += text;
    i_ += 2;
  }

  void open_class() {
    if (depth_ > 0) {
      const std::size_t close = in_.substr(i_, 2) == "[:" ? in_.find(":]", i_ + 2) : std::string_view::npos;
      if (close == std::string_view::npos) refuse("a class inside a class");
      return copy(close + 2 - i_);
    }
    ++depth_;
    copy(1);
    if (i_ < in_.size() && in_[i_] == '^') copy(1);
    if (i_ < in_.size() && in_[i_] == ']') copy(1);  // a first "]" is itself
  }

  /// Ruby's (?m) lets the dot take line ends, which PCRE2 calls (?s).
  void group_options() {
    copy(2);
    while (i_ < in_.size() && (in_[i_] == 'i' || in_[i_] == 'm' || in_[i_] == 'x' || in_[i_] == '-')) {
      out_ += in_[i_] == 'm' ? 's' : in_[i_];
      ++i_;
    }
  }

  [[noreturn]] void refuse(std::string_view what) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: the regular expression has {}, which is not supported", where_, what));
  }

  void copy(std::size_t n) {
    out_ += in_.substr(i_, n);
    i_ += n;
  }

  std::string_view in_;
  const std::string& where_;
  std::string out_;
  std::size_t i_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string oniguruma_to_pcre2(std::string_view expression, const std::string& where) {
  return Rewriter(expression, where).run();
}

}  // namespace hearth
