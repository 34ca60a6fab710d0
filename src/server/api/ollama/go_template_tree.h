// What a Go template says, as a tree. It knows the language's forms but not what Ollama's fields mean.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct GoExpression {
  enum Kind {
    kDot,       ///< "." and the fields behind it
    kVariable,  ///< `name` and the fields behind it; "$" is the whole input
    kString,
    kNumber,
    kWord,  ///< true, false, nil
    kCall,  ///< of the function `name`, perhaps with fields of its result
  };
  Kind kind = kDot;
  std::string name;                  ///< of a variable or function; a string's or number's text
  std::vector<std::string> fields;   ///< {"Function", "Name"}
  std::vector<GoExpression> inputs;  ///< of a call
};

struct GoNode {
  enum Kind { kText, kOutput, kAssign, kIf, kWith, kRange, kBreak, kContinue };
  Kind kind = kText;
  int line = 1;
  std::string text;
  GoExpression expression;             ///< of all but kText, kBreak and kContinue
  bool declares = false;               ///< of kAssign: ":="
  std::vector<std::string> variables;  ///< "$i": of kAssign one; of kRange none, the item's, or index and item
  std::vector<GoNode> body, otherwise;
};

/// Errors: kInvalidArgument with the line; nesting is limited.
std::vector<GoNode> parse_go_template(std::string_view source);

}  // namespace hearth
