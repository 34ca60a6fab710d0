// RFC 3986, RFC 3987 (the same with more characters) and RFC 6570.
#include <string>

#include "grammar/format_makers.h"

namespace hearth::formats {

namespace {

const std::string kPercent = "%[0-9A-Fa-f]{2}";
const std::string kSubDelimiters = "!$&'()*+,;=";

/// RFC 3987's ucschar and iprivate, for a class in brackets.
const std::string kUcsCharacters =
    "\\u00a0-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef\\u{10000}-\\u{1fffd}\\u{20000}-\\u{2fffd}\\u{30000}-\\u{3fffd}"
    "\\u{40000}-\\u{4fffd}\\u{50000}-\\u{5fffd}\\u{60000}-\\u{6fffd}\\u{70000}-\\u{7fffd}\\u{80000}-\\u{8fffd}"
    "\\u{90000}-\\u{9fffd}\\u{a0000}-\\u{afffd}\\u{b0000}-\\u{bfffd}\\u{c0000}-\\u{cfffd}\\u{d0000}-\\u{dfffd}"
    "\\u{e1000}-\\u{efffd}";
const std::string kPrivateCharacters = "\\ue000-\\uf8ff\\u{f0000}-\\u{ffffd}\\u{100000}-\\u{10fffd}";

/// The grammar's rules under their names; `ucs` and `priv` are empty for a URI.
struct UriGrammar {
  UriGrammar(const std::string& ucs, const std::string& priv) {
    const std::string unreserved = "A-Za-z0-9._~" + ucs;
    const auto characters = [&](const std::string& others) {
      return "(?:[" + unreserved + kSubDelimiters + others + "-]|" + kPercent + ")";
    };
    const std::string pchar = characters(":@");
    const std::string segments = "(?:/" + pchar + "*)*";
    const std::string future = "[vV][0-9A-Fa-f]+\\.[A-Za-z0-9._~" + kSubDelimiters + ":-]+";
    const std::string host = "(?:\\[(?:" + ipv6_pattern() + "|" + future + ")\\]|" + characters("") + "*)";
    const std::string authority = "(?:" + characters(":") + "*@)?" + host + "(?::\\d*)?";
    const std::string with_authority = "//" + authority + segments;
    const std::string absolute = "/(?:" + pchar + "+" + segments + ")?";
    const std::string tail = "(?:\\?" + characters(":@/?" + priv) + "*)?(?:#" + characters(":@/?") + "*)?";
    full = "[A-Za-z][A-Za-z0-9+.-]*:(?:" + with_authority + "|" + absolute + "|" + pchar + "+" + segments + "|)" + tail;
    relative = "(?:" + with_authority + "|" + absolute + "|" + characters("@") + "+" + segments + "|)" + tail;
  }
  std::string full, relative;
};

}  // namespace

DfaPointer uri() { return from_pattern(UriGrammar("", "").full); }

DfaPointer uri_reference() {
  const UriGrammar grammar("", "");
  return from_pattern(grammar.full + "|" + grammar.relative);
}

DfaPointer iri() { return from_pattern(UriGrammar(kUcsCharacters, kPrivateCharacters).full); }

DfaPointer iri_reference() {
  const UriGrammar grammar(kUcsCharacters, kPrivateCharacters);
  return from_pattern(grammar.full + "|" + grammar.relative);
}

/// Without the operators that RFC 6570 reserves, and without the apostrophe, which its errata allow but not all follow.
DfaPointer uri_template() {
  const std::string literal = "(?:[!#$&(-;=?-\\[\\]_a-z~" + kUcsCharacters + kPrivateCharacters + "]|" + kPercent + ")";
  const std::string character = "(?:[A-Za-z0-9_]|" + kPercent + ")";
  const std::string variable = character + "(?:\\.?" + character + ")*(?:\\*|:[1-9]\\d{0,3})?";
  return from_pattern("(?:" + literal + "|\\{[+#./;?&]?" + variable + "(?:," + variable + ")*\\})*");
}

}  // namespace hearth::formats
