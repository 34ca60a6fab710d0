#include "grammar/regex.h"

#include <utility>

#include "grammar/character_dfa.h"
#include "grammar/regex_nfa.h"
#include "grammar/regex_syntax.h"

namespace hearth {

DfaPointer compile_regex(std::string_view pattern, RegexMatch match, std::string_view what,
                         const AutomatonLimits& limits) {
  return compile_syntax(parse_regex(pattern, what), match, pattern, what, limits);
}

DfaPointer compile_syntax(RegexSyntax syntax, RegexMatch match, std::string_view text, std::string_view what,
                          const AutomatonLimits& limits) {
  RegexBudget budget(text, what, limits);
  const RegexNfa nfa = build_nfa(std::move(syntax), match, budget);
  const CharacterClasses classes = classify(nfa.sets, budget);
  const CharacterDfa dfa = minimize(determinize(nfa, classes, budget), classes.n_classes);
  return std::make_shared<const Dfa>(expand_to_utf8(dfa, classes, budget), /*minimal=*/false);
}

}  // namespace hearth
