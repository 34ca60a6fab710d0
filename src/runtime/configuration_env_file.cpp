#include "runtime/configuration_env_file.h"

#include <fmt/format.h>

#include <cstddef>
#include <system_error>

#include "hearth/error.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

[[noreturn]] void fail(std::string_view name, std::size_t line, std::string_view key, std::string_view problem) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{} line {}: {} {}", name, line, key, problem),
              "write KEY=VALUE, or KEY=\"VALUE WITH SPACES\"");
}

/// The value after '='. Empty: quotes without an end, or something behind them.
std::optional<std::string> parse_value(std::string_view text) {
  text = trim(text);
  if (text.empty()) return "";
  const char quote = text.front();
  if (quote != '"' && quote != '\'') {
    const std::size_t comment = text.find(" #");
    return std::string(trim(text.substr(0, comment)));
  }
  std::string value;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != quote; ++i) {
    if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
      const char escaped = text[++i];
      switch (escaped) {
        case 'n': value += '\n'; break;
        case 't': value += '\t'; break;
        case '"':
        case '\\':
        case '$': value += escaped; break;
        default: value += '\\'; value += escaped;
      }
    } else {
      value += text[i];
    }
  }
  if (i >= text.size()) return std::nullopt;
  const std::string_view rest = trim(text.substr(i + 1));
  if (!rest.empty() && rest.front() != '#') return std::nullopt;
  return value;
}

}  // namespace

std::optional<fs::path> find_env_file(const fs::path& folder) {
  std::error_code ignored;
  std::optional<fs::path> nearest;
  for (fs::path here = folder;; here = here.parent_path()) {
    if (!nearest && fs::is_regular_file(here / ".env", ignored)) nearest = here / ".env";
    if (fs::exists(here / ".git", ignored)) return nearest;
    if (here == here.parent_path()) break;
  }
  // Not in a project: a .env that lies far above (/tmp, the home folder) is not meant for us.
  if (nearest && nearest->parent_path() == folder) return nearest;
  return std::nullopt;
}

std::map<std::string, std::string> parse_env_file(std::string_view text, std::string_view name) {
  std::map<std::string, std::string> variables;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with("export ")) line = trim(line.substr(7));
    if (!line.starts_with("HEARTH_")) continue;
    const std::size_t equals = line.find('=');
    const std::string key(trim(line.substr(0, equals)));
    if (equals == std::string_view::npos || key.find_first_of(" \t") != std::string::npos) {
      fail(name, number, key.substr(0, key.find_first_of(" \t")), "has no '=' after it");
    }
    auto value = parse_value(line.substr(equals + 1));
    if (!value) fail(name, number, key, "has quotes without an end, or text behind them");
    variables[key] = *std::move(value);
  }
  return variables;
}

}  // namespace hearth
