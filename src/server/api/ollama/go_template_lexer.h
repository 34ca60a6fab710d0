// Source of a Go template to texts and actions, and actions to tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct GoToken {
  enum Kind {
    kWord,      ///< "if", "range", "eq"
    kField,     ///< ".", ".System", ".Function.Name", as written; behind ')' and '$x' too
    kVariable,  ///< "$", "$last" (its fields come as a kField of their own)
    kString,    ///< what the quotes hold, escapes resolved
    kNumber,    ///< as written
    kMark       ///< ":=", "=", "|", ",", "(", ")"
  };
  Kind kind = kMark;
  std::string text;
  bool is_attached = false;  ///< no blank before it
};

/// Text, or an action where it has tokens. White space beside "{{-" and "-}}" is gone, and so are comments.
struct GoPiece {
  bool is_action = false;
  std::string text;
  std::vector<GoToken> tokens;
  int line = 1;
};

/// Errors: kInvalidArgument with the line.
std::vector<GoPiece> split_go_template(std::string_view source);

[[noreturn]] void fail_go_template(int line, const std::string& problem);

}  // namespace hearth
