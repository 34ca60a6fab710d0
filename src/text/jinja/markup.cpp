#include "text/jinja/markup.h"

#include "text/jinja/runtime.h"
#include "text/jinja/to_text.h"

namespace hearth::jinja {
namespace {

std::string_view entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '\'': return "&#39;";
    case '"': return "&#34;";
    default: return {};
  }
}

}  // namespace

Text escape_html(Runtime& runtime, const Text& text) {
  const std::string_view view = text.view();
  Text out;
  std::size_t plain = 0;
  for (std::size_t i = 0; i < view.size(); ++i) {
    const std::string_view replacement = entity(view[i]);
    if (replacement.empty()) continue;
    out.append_slice(text, plain, i);
    out.append(replacement, text.untrusted_at(i));
    runtime.require_size(out.size());
    plain = i + 1;
  }
  out.append_slice(text, plain, view.size());
  runtime.touch(out.size());
  runtime.require_size(out.size());
  return out;
}

Text text_for(Runtime& runtime, const Value& value, bool markup) {
  const StringObject* string = value.string();
  if (!markup || (string != nullptr && string->markup)) return to_text(runtime, value);
  return escape_html(runtime, to_text(runtime, value));
}

Value add_strings(Runtime& runtime, const StringObject& a, const StringObject& b) {
  const bool markup = a.markup || b.markup;
  Text out;
  const auto add = [&](const StringObject& part) {
    if (markup && !part.markup) return runtime.append(out, escape_html(runtime, part.text));
    runtime.append(out, part.text);
  };
  add(a);
  add(b);
  return runtime.string(std::move(out), markup);
}

}  // namespace hearth::jinja
