#include <string>

#include "corpus.h"

namespace {

using hearth::fuzz::Seeds;

Seeds regex_seeds() {
  const std::string nul(1, '\0');
  Seeds seeds;
  seeds["anchors"] = "^foo|bar$|(^a)|b$" + nul + "xbar";
  seeds["quantifiers"] = "(?:ab?){2,3}c*?d+?(e|f){0,}g{1}" + nul + "abacdeg";
  seeds["classes"] = "[^\\w\\-x-z][\\d\\s][]|[^]\\p{Lu}\\P{Script=Greek}" + nul + "!1";
  seeds["escapes"] = "\\cA\\x41\\u00e9\\u{1F432}\\ud83d\\udc32\\0\\t\\/" + nul + "A";
  seeds["common"] = "(a|b\\d)*c.+(é|😀)?$" + nul + "ab1cxé";
  seeds["nested"] = "((a{1,9}){1,9}){1,9}(x+x+)+y(a|aa)*";
  seeds["exponential"] = "^[ab]*a[ab]{12}$";
  seeds["refused"] = "(?=a)(?<!b)\\b\\1(?<name>x)\\k<name>";
  return seeds;
}

const hearth::fuzz::Corpus seeds("regex", regex_seeds);

}  // namespace
