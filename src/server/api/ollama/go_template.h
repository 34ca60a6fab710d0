// Ollama's chat templates, written in the language of Go's text/template (https://pkg.go.dev/text/template), translated
// into Jinja, which is what Hearth renders. Only what such templates use of that language is known; nothing is run
// here.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

/// Jinja source that writes for a conversation what Ollama writes by `source`. A template that reads .Messages gets the
/// whole conversation; an older one, with .System, .Prompt and .Response, is written once for each turn, the last one
/// up to its .Response. Known: fields of messages, tools and calls; if, else, with, range, variables, break, continue;
/// eq ne lt le gt ge and or not len slice index json currentDate. Errors: kInvalidArgument with the line, for what
/// cannot be translated.
std::string jinja_of_go_template(std::string_view source);

}  // namespace hearth
