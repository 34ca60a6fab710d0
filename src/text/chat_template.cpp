#include "text/chat_template.h"

#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <utility>

#include "hearth/error.h"
#include "text/builtin_templates.h"
#include "text/jinja/interpreter.h"
#include "text/jinja/json_input.h"
#include "text/jinja/lexer.h"
#include "text/jinja/parser.h"
#include "text/jinja/runtime.h"

namespace hearth {

struct ChatTemplate::Program {
  jinja::ast::Template parsed;
};

namespace {

/// The largest known template has 30 KB; a tree takes many times its source.
constexpr std::size_t kMaxSource = std::size_t{1} << 20;

std::shared_ptr<jinja::Scope> variables_of(jinja::Runtime& runtime, const TemplateInputs& inputs) {
  auto variables = std::make_shared<jinja::Scope>(nullptr);
  variables->set("documents", jinja::Value());
  for (const auto& member : inputs.extra) {
    variables->set({member.key().data(), member.key().size()}, jinja::from_json(runtime, member.value()));
  }
  for (const auto& [name, token] : inputs.special_tokens) variables->set(name, runtime.string(token));
  variables->set("messages", jinja::messages_from_json(runtime, inputs.messages));
  variables->set("tools", jinja::from_json(runtime, inputs.tools));
  variables->set("add_generation_prompt", jinja::Value(inputs.add_generation_prompt));
  variables->set("bos_token", runtime.string(inputs.bos_token));
  variables->set("eos_token", runtime.string(inputs.eos_token));
  return variables;
}

}  // namespace

ChatTemplate ChatTemplate::parse(std::string_view source, std::string name, const TemplateLimits& limits) {
  if (source.size() > kMaxSource) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("{}: the template has {} bytes; at most {} are read", name, source.size(), kMaxSource));
  }
  ChatTemplate result;
  try {
    result.program_ = std::make_shared<const Program>(Program{jinja::parse_template(source, limits.max_depth)});
  } catch (const jinja::SyntaxError& error) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: line {}: {}", name, error.line, error.what));
  }
  result.name_ = std::move(name);
  result.source_ = source;
  result.limits_ = limits;
  return result;
}

ChatTemplate ChatTemplate::builtin(std::string_view name) {
  for (const BuiltinTemplate& known : builtin_templates()) {
    if (known.name == name) return parse(known.source, std::string(name));
  }
  throw Error(ErrorCode::kNotFound, fmt::format("there is no built-in chat template '{}'", name),
              fmt::format("the built-in ones are: {}", fmt::join(builtin_names(), ", ")));
}

std::vector<std::string_view> ChatTemplate::builtin_names() {
  std::vector<std::string_view> names;
  for (const BuiltinTemplate& known : builtin_templates()) names.push_back(known.name);
  return names;
}

RenderedPrompt ChatTemplate::render(const TemplateInputs& inputs) const {
  jinja::Runtime runtime(name_, limits_, inputs.now.value_or(std::time(nullptr)));
  jinja::Interpreter interpreter(runtime, program_->parsed, variables_of(runtime, inputs));
  auto [text, untrusted] = interpreter.run().release();
  return {std::move(text), std::move(untrusted)};
}

}  // namespace hearth
