#include "server/api/tools/tool_style.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/json.h"
#include "hearth/error.h"
#include "server/api/tools/json_extent.h"
#include "server/api/tools/memo.h"
#include "text/chat_template.h"

namespace hearth {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
// Words that no template has by itself, so that finding one in a prompt says where it came from.
constexpr std::string_view kOffered = "hearth_offered", kCalled = "hearth_called", kSecond = "hearth_second",
                           kKey = "hearth_key", kValue = "hearth_value", kResult = "hearth_result",
                           kSystem = "hearth_system";
constexpr std::string_view kHermesBegin = "<tool_call>", kHermesEnd = "</tool_call>";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// One way to write calls in messages.
struct Writing {
  bool arguments_as_text = false, short_ids = false;
};

class Probe {
 public:
  explicit Probe(ChatTemplate chat_template) : template_(std::move(chat_template)) {}

  /// The prompt, or nothing where the template refuses the messages.
  std::optional<std::string> render(json::array messages, bool with_tools) const {
    TemplateInputs inputs;
    inputs.messages = std::move(messages);
    if (with_tools) inputs.tools = tools();
    inputs.bos_token = "<s>";
    inputs.eos_token = "</s>";
    try {
      return template_.render(inputs).text;
    } catch (const Error&) {
      return std::nullopt;
    }
  }

  static json::object user() { return {{"role", "user"}, {"content", "What is it?"}}; }

  static json::object call(std::string_view name, const Writing& writing, int number) {
    json::value arguments = json::object{{kKey, kValue}};
    if (writing.arguments_as_text) arguments = json::serialize(arguments);
    return {{"id", id(writing, number)},
            {"type", "function"},
            {"function", json::object{{"name", name}, {"arguments", std::move(arguments)}}}};
  }

  static json::object result(std::string_view name, const Writing& writing, int number) {
    return {{"role", "tool"}, {"name", name}, {"tool_call_id", id(writing, number)}, {"content", kResult}};
  }

 private:
  static json::array tools() {
    const json::object key{{"type", "string"}, {"description", "A word."}};
    const json::object parameters{
        {"type", "object"}, {"properties", json::object{{"word", key}}}, {"required", json::array{"word"}}};
    return {json::object{
        {"type", "function"},
        {"function", json::object{{"name", kOffered}, {"description", "Offers."}, {"parameters", parameters}}}}};
  }
  static std::string id(const Writing& writing, int number) {
    return (writing.short_ids ? "abcdefgh" : "call_abcdefghijklmnopqrstuvw") + std::to_string(number);
  }

  ChatTemplate template_;
};

std::optional<std::string> render_call(const Probe& probe, const Writing& writing) {
  json::object assistant{
      {"role", "assistant"}, {"content", ""}, {"tool_calls", json::array{Probe::call(kCalled, writing, 1)}}};
  return probe.render({Probe::user(), std::move(assistant), Probe::result(kCalled, writing, 1)}, true);
}

/// Whether the call stands in the prompt as it was meant: as JSON or in another form of the template's own, but not as
/// Python or C++ would print an object, and not as a string within a string.
bool shows_call(std::string_view prompt, const Writing& writing) {
  if (!contains(prompt, kCalled) || !contains(prompt, kResult)) return false;
  if (writing.arguments_as_text) return contains(prompt, json::serialize(json::object{{kKey, kValue}}));
  return contains(prompt, kKey) && contains(prompt, kValue) && !contains(prompt, "'" + std::string(kKey) + "'");
}

std::string_view object_at(std::string_view text, std::size_t begin) {
  JsonExtent extent;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const JsonExtent::State state = extent.push(text[i]);
    if (state == JsonExtent::State::kWrong) break;
    if (state == JsonExtent::State::kEnd) return text.substr(begin, i + 1 - begin);
  }
  return {};
}

/// `object` is {"name": kCalled, arguments_key: {kKey: kValue}}, perhaps with other members.
bool is_call(std::string_view object, std::string_view arguments_key) {
  try {
    const json::value value = parse_json(object, "a call");
    const JsonObject call(value, "a call");
    const auto arguments = call.object(arguments_key);
    return call.string("name") == kCalled && arguments && arguments->string(kKey) == kValue;
  } catch (const Error&) {
    return false;
  }
}

bool find_hermes(std::string_view prompt, ToolSupport& support) {
  const std::size_t name = prompt.find(kCalled);
  const std::size_t begin = prompt.rfind(kHermesBegin, name), end = prompt.find(kHermesEnd, name);
  if (begin == std::string_view::npos || end == std::string_view::npos) return false;
  const std::string_view between = prompt.substr(begin + kHermesBegin.size(), end - begin - kHermesBegin.size());
  const std::size_t first = between.find_first_not_of(kSpace), last = between.find_last_not_of(kSpace);
  if (first == std::string_view::npos || !is_call(between.substr(first, last + 1 - first), "arguments")) return false;
  support.begin = std::string(kHermesBegin) + std::string(between.substr(0, first));
  support.end = std::string(between.substr(last + 1)) + std::string(kHermesEnd);
  return true;
}

bool find_llama(std::string_view prompt) {
  const std::size_t begin = prompt.rfind('{', prompt.find(kCalled));
  return begin != std::string_view::npos && is_call(object_at(prompt, begin), "parameters");
}

bool find_mistral(std::string_view prompt) {
  constexpr std::string_view kTag = "[TOOL_CALLS]";
  const std::size_t name = prompt.find(kCalled);
  const std::size_t tag = prompt.rfind(kTag, name);
  if (tag == std::string_view::npos) return false;
  std::string_view written = prompt.substr(tag + kTag.size());
  written.remove_prefix(std::min(written.find_first_not_of(kSpace), written.size()));
  const std::size_t begin = written.find('{');
  if (begin == std::string_view::npos) return false;
  const std::string_view before = written.substr(0, begin);
  if (before.starts_with('[')) return is_call(object_at(written, begin), "arguments");
  return before.starts_with(kCalled) && contains(object_at(written, begin), kKey);
}

/// Two calls in one message, and what stands between them.
void find_several(const Probe& probe, const Writing& writing, ToolSupport& support) {
  json::object assistant{
      {"role", "assistant"},
      {"content", ""},
      {"tool_calls", json::array{Probe::call(kCalled, writing, 1), Probe::call(kSecond, writing, 2)}}};
  const auto prompt = probe.render(
      {Probe::user(), std::move(assistant), Probe::result(kCalled, writing, 1), Probe::result(kSecond, writing, 2)},
      true);
  support.several_calls = prompt && contains(*prompt, kCalled) && contains(*prompt, kSecond);
  if (!support.several_calls || support.style != ToolStyle::kHermes) return;
  const std::string_view text = *prompt;
  const std::size_t end = text.find(kHermesEnd, text.find(kCalled));
  const std::size_t begin = text.rfind(kHermesBegin, text.find(kSecond));
  if (end == std::string_view::npos || begin == std::string_view::npos || begin < end + kHermesEnd.size()) return;
  const std::string_view between = text.substr(end + kHermesEnd.size(), begin - end - kHermesEnd.size());
  if (between.find_first_not_of(kSpace) == std::string_view::npos) support.separator = between;
}

ToolSupport find_support(std::string_view source) {
  ToolSupport support;
  support.thinks = contains(source, "<think>");
  std::optional<Probe> probe;
  try {
    probe.emplace(ChatTemplate::parse(source, "the chat template"));
  } catch (const Error&) {
    return support;
  }
  const json::object system{{"role", "system"}, {"content", kSystem}};
  auto with_system = probe->render({system, Probe::user()}, false);
  if (!with_system) with_system = probe->render({system, Probe::user()}, true);  // some are for tools alone
  support.takes_system = with_system && contains(*with_system, kSystem);

  const auto offered = probe->render({Probe::user()}, true);
  if (!offered || !contains(*offered, kOffered)) return support;
  // Objects first: that is what transformers passes, so templates are written for it.
  for (const Writing writing :
       {Writing{false, false}, Writing{true, false}, Writing{false, true}, Writing{true, true}}) {
    const auto prompt = render_call(*probe, writing);
    if (!prompt || !shows_call(*prompt, writing)) continue;
    if (find_hermes(*prompt, support)) {
      support.style = ToolStyle::kHermes;
    } else if (find_mistral(*prompt)) {
      support.style = ToolStyle::kMistral;
    } else if (find_llama(*prompt)) {
      support.style = ToolStyle::kLlama;
    } else {
      return support;  // in a way that is not known here
    }
    support.native = true;
    support.arguments_as_text = writing.arguments_as_text;
    support.short_ids = writing.short_ids;
    find_several(*probe, writing, support);
    return support;
  }
  return support;
}

}  // namespace

ToolSupport tool_support(std::string_view chat_template) {
  static Memo<ToolSupport> memo(16);
  return memo.get(std::string(chat_template), [&] { return find_support(chat_template); });
}

}  // namespace hearth
