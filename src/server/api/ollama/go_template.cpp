#include "server/api/ollama/go_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "server/api/ollama/go_template_lexer.h"
#include "server/api/ollama/go_template_tree.h"

namespace hearth {
namespace {

/// Fields of messages, calls and tools, and what Hearth's conversations call them.
const std::map<std::string_view, std::string_view>& field_names() {
  static const std::map<std::string_view, std::string_view> names = {{"Role", "role"},
                                                                     {"Content", "content"},
                                                                     {"Thinking", "reasoning_content"},
                                                                     {"ToolCalls", "tool_calls"},
                                                                     {"ToolName", "name"},
                                                                     {"ToolCallID", "tool_call_id"},
                                                                     {"Images", "images"},
                                                                     {"Function", "function"},
                                                                     {"ID", "id"},
                                                                     {"Name", "name"},
                                                                     {"Arguments", "arguments"},
                                                                     {"Description", "description"},
                                                                     {"Parameters", "parameters"},
                                                                     {"Properties", "properties"},
                                                                     {"Required", "required"},
                                                                     {"Type", "type"},
                                                                     {"Enum", "enum"},
                                                                     {"Items", "items"}};
  return names;
}

/// Fields that hold texts; others are written as JSON where they are no text.
constexpr std::array<std::string_view, 12> kTexts = {"Role",       "Content",  "Thinking", "System",
                                                     "Prompt",     "Response", "ToolName", "ToolCallID",
                                                     "ThinkLevel", "Name",     "ID",       "Description"};

/// The blank texts of nothing: system messages are joined as Ollama does it.
constexpr std::string_view kConversationHead =
    R"({%- set ns = namespace(system='') -%}{%- for m in messages -%}{%- if m['role'] == 'system' -%})"
    R"({%- set ns.system = ns.system ~ ('\n\n' if ns.system else '') ~ m['content'] -%}{%- endif -%}{%- endfor -%})";

/// One turn: a system message, a prompt and its response, each of which may be missing.
constexpr std::string_view kPushTurn =
    R"({%- set ns.turns = ns.turns + [{'system': ns.system, 'prompt': ns.prompt, 'response': ns.response}] -%})"
    R"({%- set ns.system = '' -%}{%- set ns.prompt = '' -%}{%- set ns.response = '' -%})";

/// A conversation to turns: messages of one role that follow each other are one.
std::string turns_head() {
  const auto take = [](std::string_view field, std::string_view push_when) {
    return fmt::format(
        R"({{%- if m['role'] == ns.role -%}}{{%- set ns.{0} = ns.{0} ~ '\n\n' ~ m['content'] -%}}{{%- else -%}})"
        R"({{%- if {1} -%}}{2}{{%- endif -%}}{{%- set ns.{0} = m['content'] -%}}{{%- endif -%}})",
        field, push_when, kPushTurn);
  };
  return R"({%- set ns = namespace(turns=[], system='', prompt='', response='', role='', whole=true) -%})"
         R"({%- for m in messages -%}{%- if m['role'] == 'system' -%})" +
         take("system", "ns.prompt or ns.response") + "{%- elif m['role'] == 'user' -%}" +
         take("prompt", "ns.response") + "{%- elif m['role'] == 'assistant' -%}" + take("response", "false") +
         "{%- endif -%}{%- set ns.role = m['role'] -%}{%- endfor -%}" + std::string(kPushTurn) +
         "{%- for turn in ns.turns -%}{%- set ns.whole = not loop.last -%}";
}

std::string jinja_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
  return out + '"';
}

bool mentions(const GoExpression& expression, std::string_view field) {
  if (std::find(expression.fields.begin(), expression.fields.end(), field) != expression.fields.end()) return true;
  return std::any_of(expression.inputs.begin(), expression.inputs.end(),
                     [&](const GoExpression& input) { return mentions(input, field); });
}

bool mentions(const std::vector<GoNode>& nodes, std::string_view field) {
  return std::any_of(nodes.begin(), nodes.end(), [&](const GoNode& node) {
    return mentions(node.expression, field) || mentions(node.body, field) || mentions(node.otherwise, field);
  });
}

/// Everything is written by expressions: white space outside of them would be Jinja's to keep or to drop.
class JinjaWriter {
 public:
  explicit JinjaWriter(bool takes_turns) : takes_turns_(takes_turns) {}

  void nodes(const std::vector<GoNode>& list) {
    const std::size_t n_variables = variables_.size();
    for (const GoNode& node : list) {
      // Of the last turn what stands behind the response is not written: the model goes on there.
      const bool is_cut = responded_;
      if (is_cut) out_ += "{%- if ns.whole -%}";
      this->node(node);
      if (is_cut) out_ += "{%- endif -%}";
    }
    variables_.resize(n_variables);
  }

  bool responded() const { return responded_; }
  std::string take() { return std::move(out_); }

 private:
  void node(const GoNode& node) {
    line_ = node.line;
    switch (node.kind) {
      case GoNode::kText: write(jinja_string(node.text)); return;
      case GoNode::kOutput: return output(node.expression);
      case GoNode::kAssign: return assign(node.variables[0], value(node.expression), node.declares);
      case GoNode::kIf:
      case GoNode::kWith: return branch(node);
      case GoNode::kRange: return range(node);
      case GoNode::kBreak: out_ += "{%- break -%}"; return;
      case GoNode::kContinue: out_ += "{%- continue -%}"; return;
    }
  }

  void write(const std::string& expression) { out_ += "{{- " + expression + " -}}"; }
  void set(const std::string& name, const std::string& expression) {
    out_ += "{%- set " + name + " = " + expression + " -%}";
  }

  void output(const GoExpression& expression) {
    const std::string text = value(expression);
    const bool is_plain = expression.kind == GoExpression::kString || expression.kind == GoExpression::kNumber ||
                          (expression.kind == GoExpression::kCall && expression.fields.empty() &&
                           expression.name != "index" && expression.name != "slice");
    const bool is_text =
        !expression.fields.empty() && std::find(kTexts.begin(), kTexts.end(), expression.fields.back()) != kTexts.end();
    if (is_plain || is_text) {
      write(text);
    } else {
      write(fmt::format("{0} if {0} is string else ({0})|tojson(separators=(',', ':'))", text));
    }
    if (takes_turns_ && is_root(expression) && expression.fields == std::vector<std::string>{"Response"})
      responded_ = true;
  }

  void assign(const std::string& name, const std::string& expression, bool declares) {
    set(declares ? declare(name) : find(name), expression);
  }

  void branch(const GoNode& node) {
    const std::size_t n_variables = variables_.size();
    const std::string dot = dot_;
    std::string condition = value(node.expression);
    if (!node.variables.empty() || node.kind == GoNode::kWith) {
      const std::string name = declare(node.variables.empty() ? "" : node.variables[0]);
      set(name, condition);
      condition = name;
    }
    out_ += "{%- if " + condition + " -%}";
    if (node.kind == GoNode::kWith) dot_ = condition;
    nodes(node.body);
    dot_ = dot;
    if (!node.otherwise.empty()) {
      out_ += "{%- else -%}";
      nodes(node.otherwise);
    }
    out_ += "{%- endif -%}";
    variables_.resize(n_variables);
  }

  void range(const GoNode& node) {
    const std::size_t n_variables = variables_.size();
    const std::string dot = dot_, list = value(node.expression);
    const std::string item = fmt::format("item{}", n_names_), key = fmt::format("key{}", n_names_);
    ++n_names_;
    const bool is_map = !node.expression.fields.empty() &&
                        (node.expression.fields.back() == "Arguments" || node.expression.fields.back() == "Properties");
    out_ += is_map ? fmt::format("{{%- for {}, {} in ({}).items() -%}}", key, item, list)
                   : fmt::format("{{%- for {} in {} -%}}", item, list);
    if (node.variables.size() == 2) {
      assign(node.variables[0], is_map ? key : "loop.index0", node.declares);
      assign(node.variables[1], item, node.declares);
    } else if (node.variables.size() == 1) {
      assign(node.variables[0], item, node.declares);
    }
    dot_ = item;
    nodes(node.body);
    dot_ = dot;
    variables_.resize(n_variables);
    if (!node.otherwise.empty()) {
      out_ += "{%- else -%}";
      nodes(node.otherwise);
    }
    out_ += "{%- endfor -%}";
  }

  /// Members of a namespace, since blocks inside loops may set what stands outside.
  std::string declare(const std::string& name) {
    std::string jinja = fmt::format("ns.v{}", n_names_++);
    if (name != "$_") variables_.emplace_back(name, jinja);
    return jinja;
  }
  std::string find(const std::string& name) const {
    for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
      if (variable->first == name) return variable->second;
    }
    fail_go_template(line_, fmt::format("the variable {} is not set", quote(name)));
  }

  bool is_root(const GoExpression& expression) const {
    return expression.kind == GoExpression::kDot ? dot_.empty()
                                                 : expression.kind == GoExpression::kVariable && expression.name == "$";
  }

  std::string value(const GoExpression& expression) {
    switch (expression.kind) {
      case GoExpression::kString: return jinja_string(expression.name);
      case GoExpression::kNumber: return expression.name;
      case GoExpression::kWord: return expression.name == "nil" ? "none" : expression.name;
      case GoExpression::kCall: return with_fields(call(expression), expression.fields, 0);
      case GoExpression::kDot:
      case GoExpression::kVariable: break;
    }
    if (is_root(expression)) {
      if (expression.fields.empty()) fail_go_template(line_, "the whole input cannot be written");
      return with_fields(root_field(expression.fields[0]), expression.fields, 1);
    }
    return with_fields(expression.kind == GoExpression::kDot ? dot_ : find(expression.name), expression.fields, 0);
  }

  std::string root_field(const std::string& field) const {
    if (field == "Messages") return "messages";
    if (field == "Tools") return "(tools or [])";
    if (field == "System") return takes_turns_ ? "turn['system']" : "ns.system";
    if (field == "Prompt") return takes_turns_ ? "turn['prompt']" : "''";
    if (field == "Response") return takes_turns_ ? "turn['response']" : "''";
    if (field == "Suffix") return "''";  // filling in goes by the model's own tokens, not by its template
    if (field == "Think") return "(enable_thinking|default(false))";
    if (field == "ThinkLevel") return "(reasoning_effort|default(''))";
    if (field == "IsThinkSet") return "(enable_thinking is defined)";
    fail_go_template(line_, fmt::format("the field {} is not known", quote("." + field)));
  }

  std::string with_fields(std::string value, const std::vector<std::string>& fields, std::size_t from) const {
    for (std::size_t i = from; i < fields.size(); ++i) {
      const auto known = field_names().find(fields[i]);
      if (known == field_names().end())
        fail_go_template(line_, fmt::format("the field {} is not known", quote("." + fields[i])));
      value += fmt::format("['{}']", known->second);
    }
    return value;
  }

  std::string call(const GoExpression& call) {
    std::vector<std::string> inputs;
    for (const GoExpression& input : call.inputs) inputs.push_back(value(input));
    const auto need = [&](std::size_t least, std::size_t most) {
      if (inputs.size() < least || inputs.size() > most)
        fail_go_template(line_, fmt::format("{} has {} arguments", quote(call.name), inputs.size()));
    };
    static const std::map<std::string_view, std::string_view> comparisons = {
        {"ne", "!="}, {"lt", "<"}, {"le", "<="}, {"gt", ">"}, {"ge", ">="}};
    if (const auto known = comparisons.find(call.name); known != comparisons.end()) {
      need(2, 2);
      return fmt::format("({} {} {})", inputs[0], known->second, inputs[1]);
    }
    if (call.name == "eq") {  // the first one equals any of the others
      need(2, 16);
      const std::string first = inputs[0];
      if (inputs.size() == 2) return fmt::format("({} == {})", first, inputs[1]);
      inputs.erase(inputs.begin());
      return fmt::format("({} in [{}])", first, fmt::join(inputs, ", "));
    }
    if (call.name == "and" || call.name == "or") {
      need(1, 64);
      return fmt::format("({})", fmt::join(inputs, " " + call.name + " "));
    }
    if (call.name == "not") {
      need(1, 1);
      return fmt::format("(not {})", inputs[0]);
    }
    if (call.name == "len") {
      need(1, 1);
      return fmt::format("({}|length)", inputs[0]);
    }
    if (call.name == "slice") {
      need(1, 3);
      return fmt::format("{}[{}:{}]", inputs[0], inputs.size() > 1 ? inputs[1] : "",
                         inputs.size() > 2 ? inputs[2] : "");
    }
    if (call.name == "index") {
      need(2, 4);
      std::string item = inputs[0];
      for (std::size_t i = 1; i < inputs.size(); ++i) item += "[" + inputs[i] + "]";
      return item;
    }
    if (call.name == "json") {
      need(1, 1);
      return fmt::format("(({})|tojson(separators=(',', ':')))", inputs[0]);
    }
    if (call.name == "currentDate") {
      need(0, 0);
      return "strftime_now('%Y-%m-%d')";
    }
    fail_go_template(line_, fmt::format("the function {} is not known", quote(call.name)));
  }

  const bool takes_turns_;
  bool responded_ = false;
  int line_ = 1;
  int n_names_ = 0;
  std::string dot_;  // empty: the whole input
  std::vector<std::pair<std::string, std::string>> variables_;
  std::string out_;
};

}  // namespace

std::string jinja_of_go_template(std::string_view source) {
  const std::vector<GoNode> nodes = parse_go_template(source);
  const bool takes_turns = !mentions(nodes, "Messages");
  JinjaWriter writer(takes_turns);
  writer.nodes(nodes);
  if (!takes_turns) return std::string(kConversationHead) + writer.take();
  std::string turn = writer.take();
  if (!mentions(nodes, "Response")) turn += "{{- turn['response'] -}}";
  return turns_head() + turn + "{%- endfor -%}";
}

}  // namespace hearth
