#include "text/jinja/text.h"

#include <algorithm>

namespace hearth::jinja {
namespace {

/// The first range that ends after `byte`.
auto first_ending_after(const std::vector<Text::Range>& ranges, std::size_t byte) {
  return std::upper_bound(ranges.begin(), ranges.end(), byte,
                          [](std::size_t at, const Text::Range& range) { return at < range.second; });
}

}  // namespace

Text::Text(std::string bytes, bool untrusted) : bytes_(std::move(bytes)) {
  if (untrusted) mark_all_untrusted();
}

bool Text::untrusted_at(std::size_t byte) const { return untrusted_in(byte, byte + 1); }

bool Text::untrusted_in(std::size_t begin, std::size_t end) const {
  if (begin >= end) return false;
  const auto range = first_ending_after(untrusted_, begin);
  return range != untrusted_.end() && range->first < end;
}

void Text::add_range(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  if (!untrusted_.empty() && untrusted_.back().second == begin) {
    untrusted_.back().second = end;
  } else {
    untrusted_.emplace_back(begin, end);
  }
}

void Text::append(std::string_view bytes, bool untrusted) {
  const std::size_t begin = bytes_.size();
  bytes_.append(bytes);
  if (untrusted) add_range(begin, bytes_.size());
}

void Text::append_slice(const Text& other, std::size_t begin, std::size_t end) {
  const std::size_t base = bytes_.size();
  bytes_.append(other.bytes_, begin, end - begin);
  for (auto range = first_ending_after(other.untrusted_, begin); range != other.untrusted_.end() && range->first < end;
       ++range) {
    add_range(base + std::max(range->first, begin) - begin, base + std::min(range->second, end) - begin);
  }
}

Text Text::slice(std::size_t begin, std::size_t end) const {
  Text out;
  out.append_slice(*this, begin, end);
  return out;
}

void Text::mark_all_untrusted() {
  untrusted_.clear();
  add_range(0, bytes_.size());
}

Text Text::with_bytes(std::string bytes) const {
  Text out;
  out.bytes_ = std::move(bytes);
  out.untrusted_ = untrusted_;
  return out;
}

std::pair<std::string, std::vector<Text::Range>> Text::release() && {
  return {std::move(bytes_), std::move(untrusted_)};
}

}  // namespace hearth::jinja
