// RFC 5321's Mailbox (section 4.1.2), with RFC 6531's characters for "idn-email".
#include <string>
#include <utility>

#include "grammar/format_makers.h"

namespace hearth::formats {

namespace {

constexpr Dfa::State kMaxLocalBytes = 64;  // RFC 5321, section 4.5.3.1.1

DfaPointer up_to_64_bytes() {
  Dfa::Draft draft;
  for (Dfa::State n = 0; n < kMaxLocalBytes; ++n) draft.states.push_back({true, {{0x00, 0xFF, n + 1}}});
  draft.states.push_back({true, {}});
  return std::make_shared<const Dfa>(draft);
}

/// `before`, the byte, `after`. REQUIRES: no word of `before` goes on with the byte.
DfaPointer joined(const Dfa& before, char byte, const Dfa& after) {
  Dfa::Draft draft = before.draft();
  const auto shift = static_cast<Dfa::State>(draft.states.size());
  const auto separator = static_cast<std::uint8_t>(byte);
  for (auto& state : draft.states) {
    if (state.accepts) state.edges.push_back({separator, separator, shift + after.start()});
    state.accepts = false;
  }
  for (auto& state : after.draft().states) {
    for (auto& edge : state.edges) edge.to += shift;
    draft.states.push_back(std::move(state));
  }
  return std::make_shared<const Dfa>(draft);
}

DfaPointer mailbox(const std::string& other_characters, const Dfa& host) {
  const std::string atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~" + other_characters + "-]+";
  const std::string quoted = "\"(?:[ !#-\\[\\]-~" + other_characters + "]|\\\\[ -~])*\"";
  const DfaPointer local = intersection(*from_pattern(atom + "(?:\\." + atom + ")*|" + quoted), *up_to_64_bytes());
  const DfaPointer literal = from_pattern("\\[(?:" + ipv4_pattern() + "|[Ii][Pp][Vv]6:" + ipv6_pattern() + ")\\]");
  return joined(*local, '@', *unite(host, *literal));
}

}  // namespace

DfaPointer email() { return mailbox("", *hostname()); }
DfaPointer idn_email() { return mailbox("\\u0080-\\u{10ffff}", *idn_hostname()); }

}  // namespace hearth::formats
