#include "server/api/ollama/modelfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/quote.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kTriple = "\"\"\"";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// A number or true or false where it is written like one; Ollama's own parameters know their types, so that this only
/// has to keep them apart from texts.
json::value typed(const std::string& name, std::string_view text) {
  if (name == "stop") return json::value(text);
  if (text == "true" || text == "false") return text == "true";
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc() && read.ptr == end)
    return whole;
  double number = 0;
  if (const auto read = std::from_chars(text.data(), end, number);
      read.ec == std::errc() && read.ptr == end && std::isfinite(number))
    return number;
  return json::value(text);
}

void add_parameter(json::object& parameters, const std::string& name, json::value value) {
  json::value* known = parameters.if_contains(name);
  if (known == nullptr) {
    parameters[name] = name == "stop" ? json::value(json::array{std::move(value)}) : std::move(value);
  } else if (known->is_array()) {
    known->get_array().push_back(std::move(value));
  } else {
    *known = std::move(value);  // the last one holds
  }
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& param) : text_(text), param_(param) {}

  Modelfile run() {
    while (skip_blank_lines()) {
      command_line_ = line_;
      const std::string command = lower(take_word());
      if (command == "parameter") {
        const std::string name = lower(take_word());
        if (name.empty()) fail("PARAMETER needs a name and a value");
        const std::string value = take_value();
        if (value.empty()) fail(fmt::format("the parameter {} has no value", quote(name)));
        add_parameter(file_.parameters, name, typed(name, value));
      } else if (command == "message") {
        const std::string role = lower(take_word());
        if (role != "system" && role != "user" && role != "assistant")
          fail("MESSAGE needs a role, which is one of system, user, assistant");
        file_.messages.push_back(ChatMessage{role, take_value()});
      } else {
        take(command);
      }
    }
    if (file_.from.empty()) fail("FROM is missing: it names the model that this one is made of");
    return std::move(file_);
  }

 private:
  void take(const std::string& command) {
    std::string value = take_value();
    if (command == "from") {
      if (value.empty()) fail("FROM names no model");
      file_.from = std::move(value);
    } else if (command == "system") {
      file_.system = std::move(value);
    } else if (command == "template") {
      file_.chat_template = std::move(value);
    } else if (command == "license") {
      file_.license.push_back(std::move(value));
    } else if (command == "adapter") {
      file_.adapters.push_back(std::move(value));
    } else if (command != "requires") {  // a release of Ollama
      fail(fmt::format("{} is no command; FROM, PARAMETER, TEMPLATE, SYSTEM, ADAPTER, LICENSE and MESSAGE are",
                       quote(command)));
    }
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw bad_field(param_, fmt::format("{}, line {}: {}", param_, command_line_, problem));
  }

  /// Blank lines and comments. False at the end.
  bool skip_blank_lines() {
    for (;;) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      const std::string_view line = trimmed(text_.substr(at_, end - at_));
      if (!line.empty() && line.front() != '#') return true;
      if (end == text_.size()) return false;
      at_ = end + 1;
      ++line_;
    }
  }

  /// Up to a blank or the end of the line.
  std::string_view take_word() {
    at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    return word;
  }

  std::string take_value() {
    at_ = std::min(text_.find_first_not_of(kBlank, at_), text_.size());
    if (text_.substr(at_).starts_with(kTriple)) return take_quoted(kTriple);
    if (text_.substr(at_).starts_with('"')) return take_quoted("\"");
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view value = trimmed(text_.substr(at_, end - at_));
    at_ = end;
    return std::string(value);
  }

  std::string take_quoted(std::string_view quotes) {
    const std::size_t begin = at_ + quotes.size();
    std::size_t end = text_.find(quotes, begin);
    if (end == std::string_view::npos) fail(fmt::format("{} is not closed", quotes));
    // Of more than three the last ones close, so that a text may end in quotes.
    while (quotes == kTriple && text_.substr(end + quotes.size()).starts_with('"')) ++end;
    line_ += static_cast<int>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(begin),
                                         text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end + quotes.size();
    const std::size_t rest = std::min(text_.find('\n', at_), text_.size());
    if (!trimmed(text_.substr(at_, rest - at_)).empty()) fail(fmt::format("something stands behind {}", quotes));
    at_ = rest;
    return std::string(text_.substr(begin, end - begin));
  }

  std::string_view text_;
  const std::string& param_;
  std::size_t at_ = 0;
  int line_ = 1, command_line_ = 1;
  Modelfile file_;
};

enum class Quotes { kIfNeeded, kOne, kThree };

/// Whether a value that is written so is read as `text`.
bool reads_as(const std::string& written, const std::string& text) {
  const std::string file = "SYSTEM " + written + "\nFROM x\n", param = "modelfile";
  try {
    const Modelfile read = Parser(file, param).run();
    return read.system == text && read.from == "x";
  } catch (const Error&) {
    return false;
  }
}

/// A command and its text. The language has no escapes: the first way to write it is taken that is read again.
std::string line_of(std::string_view command, const std::string& text, Quotes quotes) {
  const bool has_quote = text.find('"') != std::string::npos;
  const bool fits_one = !has_quote && text.find('\n') == std::string::npos;
  std::vector<std::string> ways;
  if (quotes == Quotes::kIfNeeded && !has_quote) ways.push_back(text);
  if (quotes != Quotes::kThree && fits_one) ways.push_back(fmt::format("\"{}\"", text));
  ways.push_back(fmt::format("{0}{1}{0}", kTriple, text));
  ways.push_back(text);
  for (const std::string& way : ways) {
    if (reads_as(way, text)) return fmt::format("{} {}\n", command, way);
  }
  return fmt::format("# {} has a text that cannot be written here\n", command);
}

template <typename Write>
void each_parameter(const json::object& parameters, const Write& write) {
  for (const auto& entry : parameters) {
    if (entry.value().is_array()) {
      for (const json::value& value : entry.value().get_array()) write(std::string_view(entry.key()), value);
    } else {
      write(std::string_view(entry.key()), entry.value());
    }
  }
}

}  // namespace

Modelfile parse_modelfile(std::string_view text, const std::string& param) { return Parser(text, param).run(); }

std::string write_modelfile(const Modelfile& modelfile, const std::vector<std::string>& comments) {
  std::string out;
  for (const std::string& comment : comments) out += "# " + comment + "\n";
  if (!comments.empty()) out += "\n";
  out += "FROM " + modelfile.from + "\n";
  if (modelfile.chat_template) out += line_of("TEMPLATE", *modelfile.chat_template, Quotes::kThree);
  if (modelfile.system) out += line_of("SYSTEM", *modelfile.system, Quotes::kIfNeeded);
  each_parameter(modelfile.parameters, [&](std::string_view name, const json::value& value) {
    const std::string command = fmt::format("PARAMETER {}", name);
    if (!value.is_string()) {
      out += fmt::format("{} {}\n", command, json::serialize(value));
    } else if (!value.get_string().empty()) {  // which stops nothing
      out += line_of(command, std::string(value.get_string()), Quotes::kOne);
    }
  });
  for (const ChatMessage& message : modelfile.messages)
    out += line_of(fmt::format("MESSAGE {}", message.role), message.content, Quotes::kIfNeeded);
  for (const std::string& license : modelfile.license) out += line_of("LICENSE", license, Quotes::kThree);
  return out;
}

std::string parameter_lines(const json::object& parameters) {
  constexpr std::size_t kNameColumn = 30;
  std::string out;
  each_parameter(parameters, [&](std::string_view name, const json::value& value) {
    if (!out.empty()) out += '\n';
    out += fmt::format("{:<{}} {}", name, kNameColumn, json::serialize(value));
  });
  return out;
}

}  // namespace hearth
