#include "server/api/tools/answer_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/unicode.h"
#include "server/api/api_answer.h"
#include "server/api/tools/call_reader.h"
#include "server/api/tools/json_extent.h"

namespace hearth {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kThink = "<think>", kThought = "</think>";
constexpr std::string_view kHermesBegin = "<tool_call>", kHermesEnd = "</tool_call>";
constexpr std::string_view kMistralBegin = "[TOOL_CALLS]";
constexpr std::string_view kMistralArguments = "[ARGS]", kMistralId = "[CALL_ID]";
constexpr std::string_view kPythonTag = "<|python_tag|>";

std::size_t leading_space(std::string_view text) { return std::min(text.find_first_not_of(kSpace), text.size()); }
std::size_t without_trailing_space(std::string_view text) { return text.find_last_not_of(kSpace) + 1; }

/// How many bytes at the end of `text` may be the beginning of `tag`.
std::size_t begun_at_end(std::string_view text, std::string_view tag) {
  for (std::size_t n = std::min(text.size(), tag.size() - 1); n > 0; --n) {
    if (text.substr(text.size() - n) == tag.substr(0, n)) return n;
  }
  return 0;
}

bool is_name_character(char c) {
  constexpr std::string_view kMore = "_-.:/";  // with those that some APIs allow besides
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMore.find(c) != std::string_view::npos;
}

/// Whether something stands at a place: it does and ends at `end`, it does not, or the text ends too early to say.
struct Found {
  enum class Kind { kYes, kNo, kTooEarly } kind = Kind::kNo;
  std::size_t end = 0;
};
constexpr Found kNotFound{Found::Kind::kNo, 0};
constexpr Found kTooEarly{Found::Kind::kTooEarly, 0};

Found find_at(std::string_view text, std::size_t at, std::string_view tag) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with(tag)) return {Found::Kind::kYes, at + tag.size()};
  return tag.starts_with(rest) ? kTooEarly : kNotFound;
}

}  // namespace

struct AnswerParser::Impl {
  explicit Impl(AnswerFormat wanted) : format(std::move(wanted)) {
    if (format.reasoning && format.begins_in_reasoning) {
      mode = Mode::kReasoning;
      drop_space = true;
    } else if (!format.reasoning) {
      mode = Mode::kBegin;
    }
  }

  enum class Mode {
    kStart,      ///< the answer's first bytes: reasoning may begin
    kReasoning,  ///< up to </think>
    kBegin,      ///< a call may stand here without a tag
    kText,
    kCall  ///< held[0, json) leads to a call
  };

  AnswerFormat format;
  Mode mode = Mode::kStart;
  bool is_cut = false;      ///< the answer ends before its time
  std::string held;         ///< what is not decided yet
  bool drop_space = false;  ///< white space that comes next belongs to nothing
  std::size_t n_calls = 0;
  std::vector<AnswerEvent> events;

  // In kCall.
  bool is_bare = false;  ///< nothing but its form says that it is a call
  bool is_array = false;
  std::size_t tag_end = 0;  ///< held[0, tag_end) is text if there is no call
  std::string named;        ///< the JSON is the arguments of this tool
  bool json_found = false;
  std::size_t json = 0, scanned = 0;
  std::size_t json_end = 0;  ///< 0: not found yet
  JsonExtent extent;

  bool is_full() const { return format.max_calls > 0 && n_calls >= format.max_calls; }

  void emit(AnswerEvent::Kind kind, std::string_view text) {
    if (drop_space) text.remove_prefix(leading_space(text));
    if (text.empty()) return;
    drop_space = false;
    if (!events.empty() && events.back().kind == kind) {
      events.back().text += text;
    } else {
      events.push_back({kind, std::string(text), {}});
    }
  }

  void run(bool final) {
    while (!held.empty() && advance(final)) {
      if (is_full()) held.clear();
    }
  }

  /// One decision; false when more text is needed.
  bool advance(bool final) {
    switch (mode) {
      case Mode::kStart: return start(final);
      case Mode::kReasoning: return reason(final);
      case Mode::kBegin: return begin(final);
      case Mode::kText: return text(final);
      case Mode::kCall: return call(final);
    }
    return false;
  }

  bool start(bool final) {
    const std::size_t space = leading_space(held);
    const Found think = find_at(held, space, kThink);
    if (think.kind == Found::Kind::kTooEarly && !final) return false;
    mode = Mode::kBegin;
    if (think.kind != Found::Kind::kYes) return true;
    held.erase(0, think.end);
    mode = Mode::kReasoning;
    drop_space = true;
    return true;
  }

  bool reason(bool final) {
    const std::size_t end = held.find(kThought);
    if (end != std::string::npos) {
      emit(AnswerEvent::Kind::kReasoning,
           std::string_view(held).substr(0, without_trailing_space(held.substr(0, end))));
      held.erase(0, end + kThought.size());
      mode = Mode::kBegin;
      drop_space = true;
      return true;
    }
    std::size_t sure = held.size();
    if (!final) sure -= std::max(begun_at_end(held, kThought), incomplete_utf8_suffix(held));
    sure = without_trailing_space(std::string_view(held).substr(0, sure));
    emit(AnswerEvent::Kind::kReasoning, std::string_view(held).substr(0, sure));
    held.erase(0, final ? held.size() : sure);
    return false;
  }

  bool begin(bool final) {
    const Found lead = bare_lead();
    if (lead.kind == Found::Kind::kTooEarly && !final) return false;
    mode = Mode::kText;
    if (lead.kind == Found::Kind::kYes) open_call(lead.end, /*bare=*/true, /*tag=*/0);
    return true;
  }

  /// What leads to a call without a tag: its end is where the JSON begins.
  Found bare_lead() {
    named.clear();
    std::size_t at = leading_space(held);
    if (format.style == ToolStyle::kLlama) {
      if (n_calls > 0) {  // between two calls
        at = std::min(held.find_first_not_of(" \t\r\n;,"), held.size());
      } else {
        const Found python = find_at(held, at, kPythonTag);
        if (python.kind == Found::Kind::kTooEarly) return kTooEarly;
        if (python.kind == Found::Kind::kYes)
          at = python.end + leading_space(std::string_view(held).substr(python.end));
      }
      if (at == held.size()) return kTooEarly;
      return held[at] == '{' ? Found{Found::Kind::kYes, at} : kNotFound;
    }
    if (format.style != ToolStyle::kMistral) return kNotFound;
    if (at == held.size()) return kTooEarly;
    if (held[at] == '[') {
      const std::size_t item = at + 1 + leading_space(std::string_view(held).substr(at + 1));
      if (item == held.size()) return kTooEarly;
      return held[item] == '{' ? Found{Found::Kind::kYes, at} : kNotFound;
    }
    return named_lead(at);
  }

  /// "name[ARGS]" of Mistral's newer models, of which control tokens may be missing.
  Found named_lead(std::size_t at) {
    const std::string_view all = held;
    std::size_t end = at;
    while (end < all.size() && is_name_character(all[end])) ++end;
    const std::string_view name = all.substr(at, end - at);
    if (end == all.size()) {
      const bool may_be = std::any_of(format.tools.begin(), format.tools.end(),
                                      [name](const std::string& tool) { return tool.starts_with(name); });
      return may_be ? kTooEarly : kNotFound;
    }
    if (std::find(format.tools.begin(), format.tools.end(), name) == format.tools.end()) return kNotFound;
    const Found id = find_at(all, end, kMistralId);
    if (id.kind == Found::Kind::kYes) {
      end = id.end;
      while (end < all.size() && is_name_character(all[end])) ++end;
    }
    const Found arguments = find_at(all, end, kMistralArguments);
    if (arguments.kind == Found::Kind::kYes) end = arguments.end;
    end += leading_space(all.substr(end));
    if (id.kind == Found::Kind::kTooEarly || arguments.kind == Found::Kind::kTooEarly || end == all.size())
      return kTooEarly;
    if (all[end] != '{') return kNotFound;
    named = name;
    return {Found::Kind::kYes, end};
  }

  bool text(bool final) {
    const std::string_view tag = format.style == ToolStyle::kHermes    ? kHermesBegin
                                 : format.style == ToolStyle::kMistral ? kMistralBegin
                                                                       : std::string_view();
    const std::size_t at = tag.empty() ? std::string::npos : held.find(tag);
    std::size_t sure = at == std::string::npos ? held.size() : at;
    if (at == std::string::npos && !final) {
      const std::size_t begun = tag.empty() ? 0 : begun_at_end(held, tag);
      sure -= std::max(begun, incomplete_utf8_suffix(held));
    }
    // White space waits: a call may follow it.
    if (!tag.empty() && (at != std::string::npos || !final))
      sure = without_trailing_space(std::string_view(held).substr(0, sure));
    emit(AnswerEvent::Kind::kText, std::string_view(held).substr(0, sure));
    held.erase(0, sure);
    if (at == std::string::npos) return false;
    open_call(at - sure + tag.size(), /*bare=*/false, /*tag=*/at - sure + tag.size());
    return true;
  }

  void open_call(std::size_t at, bool bare, std::size_t tag) {
    mode = Mode::kCall;
    is_bare = bare;
    is_array = false;
    tag_end = tag;
    json = at;
    json_found = false;
    json_end = 0;
    extent = JsonExtent();
    if (!bare) named.clear();
  }

  /// It was no call: its tag is text, and what follows is looked at again.
  bool give_up() {
    mode = Mode::kText;
    emit(AnswerEvent::Kind::kText, std::string_view(held).substr(0, tag_end));
    held.erase(0, tag_end);
    return true;
  }

  bool call(bool final) {
    if (json_end == 0) {
      if (!json_found) {
        const Found::Kind begun = find_json();
        if (begun == Found::Kind::kTooEarly && !final) return false;
        if (begun != Found::Kind::kYes) return give_up();
        json_found = true;
      }
      if (!scan()) return final ? tell_cut_calls() || give_up() : wait_or_give_up();
      if (json_end == 0) return give_up();
    }
    std::size_t end = json_end;
    if (format.style == ToolStyle::kHermes) {
      end += leading_space(std::string_view(held).substr(end));
      const Found closing = find_at(held, end, kHermesEnd), next = find_at(held, end, kHermesBegin);
      const bool early = closing.kind == Found::Kind::kTooEarly || next.kind == Found::Kind::kTooEarly;
      if (closing.kind == Found::Kind::kYes) {
        end = closing.end;
      } else if (next.kind != Found::Kind::kYes) {
        if (early && !final) return false;
        if (!early && end < held.size()) return give_up();
        end = held.size();  // a tag that was cut off is no text
      }
    }
    auto calls = read_calls();
    if (calls.empty()) return give_up();
    for (WrittenCall& call : calls) tell(std::move(call));
    held.erase(0, end);
    drop_space = true;
    mode = format.style == ToolStyle::kHermes ? Mode::kText : Mode::kBegin;
    return true;
  }

  void tell(WrittenCall call) {
    if (is_full()) return;
    ++n_calls;
    events.push_back({AnswerEvent::Kind::kToolCall,
                      {},
                      {random_id("call_"), std::move(call.name), std::move(call.arguments_json), call.is_cut}});
  }

  /// The answer was cut in its calls. False: not that it shows.
  bool tell_cut_calls() {
    if (!is_cut || (is_bare && !may_be_call())) return false;
    const std::string_view written = std::string_view(held).substr(json);
    std::vector<WrittenCall> calls = named.empty() ? read_cut_calls(written, format.tools)
                                                   : std::vector{WrittenCall{named, std::string(written), true}};
    if (calls.empty()) return false;
    for (WrittenCall& call : calls) tell(std::move(call));
    held.clear();
    return true;
  }

  /// Behind a tag: where its JSON begins.
  Found::Kind find_json() {
    if (!is_bare) {
      json = tag_end + leading_space(std::string_view(held).substr(tag_end));
      if (json == held.size()) return Found::Kind::kTooEarly;
      const bool may_be_array = format.style == ToolStyle::kMistral;
      if (may_be_array && held[json] != '[') {
        const Found lead = named_lead(json);
        if (lead.kind != Found::Kind::kYes) return lead.kind;
        json = lead.end;
      } else if (held[json] != '{' && !may_be_array) {
        return Found::Kind::kNo;
      }
    }
    scanned = json;
    is_array = held[json] == '[';
    return Found::Kind::kYes;
  }

  /// Goes on to the end of the JSON. True when that is found (json_end), or cannot be.
  bool scan() {
    while (scanned < held.size()) {
      switch (extent.push(held[scanned++])) {
        case JsonExtent::State::kOpen: break;
        case JsonExtent::State::kWrong: return true;
        case JsonExtent::State::kEnd: json_end = scanned; return true;
      }
    }
    return false;
  }

  bool wait_or_give_up() { return is_bare && !may_be_call() && give_up(); }

  bool may_be_call() const {
    if (!named.empty()) return true;
    std::string_view written = std::string_view(held).substr(json);
    if (is_array) {
      written.remove_prefix(1);
      written.remove_prefix(leading_space(written));
    }
    return written.empty() || may_be_bare_call(written, format.tools);
  }

  /// All of them, or none where one is wrong.
  std::vector<WrittenCall> read_calls() const {
    const std::string_view written = std::string_view(held).substr(json, json_end - json);
    if (is_bare && !may_be_call()) return {};
    if (!named.empty()) {
      const std::string whole = "{\"name\":\"" + named + "\",\"arguments\":" + std::string(written) + "}";
      if (auto call = read_call(whole, format.tools, false)) return {std::move(*call)};
      return {};
    }
    std::vector<WrittenCall> calls;
    const auto items = is_array ? written_items(written) : std::vector{written};
    for (const std::string_view item : items) {
      auto call = read_call(item, format.tools, is_bare);
      if (!call) return {};
      calls.push_back(std::move(*call));
    }
    return calls;
  }
};

AnswerParser::AnswerParser(AnswerFormat format) : impl_(std::make_unique<Impl>(std::move(format))) {}
AnswerParser::AnswerParser(AnswerParser&&) noexcept = default;
AnswerParser& AnswerParser::operator=(AnswerParser&&) noexcept = default;
AnswerParser::~AnswerParser() = default;

std::vector<AnswerEvent> AnswerParser::push(std::string_view text) {
  if (impl_->is_full()) return {};
  impl_->held += text;
  impl_->run(false);
  return std::exchange(impl_->events, {});
}

std::vector<AnswerEvent> AnswerParser::finish(bool is_cut) {
  impl_->is_cut = is_cut;
  impl_->run(true);
  return std::exchange(impl_->events, {});
}

std::size_t AnswerParser::n_calls() const { return impl_->n_calls; }
bool AnswerParser::is_full() const { return impl_->is_full(); }

bool ends_in_reasoning(std::string_view prompt) {
  return prompt.substr(0, without_trailing_space(prompt)).ends_with(kThink);
}

}  // namespace hearth
