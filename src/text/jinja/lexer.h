// Template source to tokens, with Jinja's white-space control as Hugging Face sets it: trim_blocks and lstrip_blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::jinja {

enum class TokenKind {
  kData,
  kVariableBegin,
  kVariableEnd,
  kBlockBegin,
  kBlockEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd
};

struct Token {
  TokenKind kind;
  int line;
  std::string text;  ///< data and strings without their escapes; names and operators as written
  std::int64_t integer = 0;
  double real = 0;
};

/// What failed in a template, and where: becomes the Error of ChatTemplate::parse.
struct SyntaxError {
  int line;
  std::string what;
};

/// Ends with a kEnd token. Throws SyntaxError.
std::vector<Token> tokenize(std::string_view source);

/// The value of a string literal's inside: Python's escapes. Throws SyntaxError.
std::string unescape(std::string_view text, int line);

}  // namespace hearth::jinja
