// Names and addresses of hosts: RFC 1123, RFC 5890, RFC 3986.
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "grammar/format_makers.h"

namespace hearth::formats {

namespace {

constexpr unsigned kMaxLabel = 63;
/// A name has at most 253 characters. Counting those and the label's would need thousands of states, so that each label
/// with its dot is counted in blocks of 32: seven labels of up to 31 characters, or three of 63 and one of 31.
constexpr unsigned kBlock = 32;
constexpr unsigned kMaxBlocks = 7;

unsigned blocks(unsigned label_length) { return (label_length + 1 + kBlock - 1) / kBlock; }

/// A label's letters, digits and inner hyphens. None has hyphens as its third and fourth character: what they announce
/// (xn--…) is valid only after decoding.
class HostnameBuilder {
 public:
  DfaPointer build() {
    draft_.start = state({0, 0, false});
    for (std::size_t i = 0; i < places_.size(); ++i) extend(places_[i], static_cast<Dfa::State>(i));
    return std::make_shared<const Dfa>(draft_);
  }

 private:
  struct Place {
    unsigned blocks_before;  // of the labels that are complete
    unsigned length;         // of this label
    bool hyphen;             // it ends in one
    auto operator<=>(const Place&) const = default;
  };

  Dfa::State state(const Place& place) {
    const auto [found, is_new] = states_.try_emplace(place, static_cast<Dfa::State>(places_.size()));
    if (is_new) {
      places_.push_back(place);
      draft_.states.push_back({place.length > 0 && !place.hyphen, {}});
    }
    return found->second;
  }

  void edge(Dfa::State from, char first, char last, const Place& to) {
    const Dfa::State target = state(to);
    draft_.states[from].edges.push_back({static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last), target});
  }

  void extend(const Place place, Dfa::State from) {
    const unsigned length = place.length + 1;
    if (length <= kMaxLabel && place.blocks_before + blocks(length) <= kMaxBlocks) {
      const Place next = {place.blocks_before, length, false};
      edge(from, '0', '9', next);
      edge(from, 'A', 'Z', next);
      edge(from, 'a', 'z', next);
      if (place.length > 0 && !(place.length == 3 && place.hyphen)) {
        edge(from, '-', '-', {place.blocks_before, length, true});
      }
    }
    const unsigned used = place.blocks_before + blocks(place.length);
    if (place.length > 0 && !place.hyphen && used < kMaxBlocks) edge(from, '.', '.', {used, 0, false});
  }

  Dfa::Draft draft_;
  std::vector<Place> places_;
  std::map<Place, Dfa::State> states_;
};

/// Letters that IDNA 2008 allows wherever they stand (RFC 5892), that are written from left to right and that no
/// normalisation changes: of Latin, Greek, Cyrillic, Hangul, Hiragana, Katakana and Han.
const char* const kIdnLetters =
    "\\u00df-\\u00f6\\u00f8-\\u00ff"
    "āăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżž"
    "\\u03ac-\\u03ce\\u0430-\\u045f\\u3005\\u3007\\u3041-\\u3096\\u30a1-\\u30fa\\u30fc\\u4e00-\\u9fd5\\uac00-\\ud7a3";

}  // namespace

std::string ipv4_pattern() {
  const std::string octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  return octet + "(?:\\." + octet + "){3}";
}

/// RFC 3986, section 3.2.2.
std::string ipv6_pattern() {
  const std::string group = "[0-9A-Fa-f]{1,4}";
  const std::string last = "(?:" + group + ":" + group + "|" + ipv4_pattern() + ")";
  const auto groups_before = [&](int n) {  // up to n groups before "::"
    if (n == 0) return std::string();
    return "(?:(?:" + group + ":){0," + std::to_string(n - 1) + "}" + group + ")?";
  };
  const auto groups = [&](int n) { return "(?:" + group + ":){" + std::to_string(n) + "}"; };
  std::string choices = groups(6) + last;
  for (int n = 5; n >= 0; --n) choices += "|" + groups_before(5 - n) + "::" + groups(n) + last;
  return "(?:" + choices + "|" + groups_before(6) + "::" + group + "|" + groups_before(7) + "::)";
}

DfaPointer ipv4() { return from_pattern(ipv4_pattern()); }
DfaPointer ipv6() { return from_pattern(ipv6_pattern()); }
DfaPointer hostname() { return HostnameBuilder().build(); }

/// Besides the ASCII names: up to four labels. One with other letters has at most eleven: as "xn--" with at most five
/// digits for each (RFC 3492) these stay below 63 characters, and four labels below 253.
DfaPointer idn_hostname() {
  const std::string label = std::string("(?:[a-z0-9") + kIdnLetters + "]{1,11}|[A-Za-z0-9](?:-?[A-Za-z0-9]){0,14})";
  const DfaPointer international = from_pattern(label + "(?:[.\\u3002\\uff0e\\uff61]" + label + "){0,3}");
  return unite(*hostname(), *international);
}

}  // namespace hearth::formats
