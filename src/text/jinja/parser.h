// Tokens to the syntax tree, by Jinja's grammar.
#pragma once

#include <string_view>

#include "text/jinja/ast.h"
#include "text/jinja/lexer.h"

namespace hearth::jinja {

/// `max_depth`: brackets and blocks inside one another. Throws SyntaxError.
ast::Template parse_template(std::string_view source, int max_depth);

}  // namespace hearth::jinja
