#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/quote.h"
#include "base/unicode.h"
#include "cli/numbers.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "cli/usage_error.h"

namespace hearth::cli {
namespace {

constexpr std::size_t kHelpColumn = 32;

/// As CLI11 tells them apart: "-5" is a number and "-" a file name (standard input).
bool looks_like_flag(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

std::string indented(const std::string& lines) {
  std::string result;
  for (std::size_t start = 0; start < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    result += "  " + lines.substr(start, end - start) + "\n";
    start = end + 1;
  }
  return result;
}

}  // namespace

CommandLine::CommandLine(std::string verb, std::string words, std::string description, std::string examples)
    : verb_(std::move(verb)),
      usage_(std::move(words)),
      description_(std::move(description)),
      examples_(std::move(examples)),
      app_(std::make_unique<CLI::App>(description_, "hearth " + verb_)) {
  app_->set_help_flag("-h,--help", "Show this help");
  app_->allow_extras();
}

void CommandLine::toggle(const std::string& names, const std::string& help, bool& target) {
  app_->add_flag(names, target, help)->group(heading_);
}

void CommandLine::value(const std::string& names, const std::string& type, const std::string& help,
                        std::optional<std::string>& target) {
  app_->add_option_function<std::string>(
          names, [&target](const std::string& text) { target = text; }, help)
      ->type_name(type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group(heading_);
}

void CommandLine::optional_value(const std::string& names, const std::string& type, const std::string& help,
                                 std::optional<std::string>& target) {
  app_->add_option_function<std::vector<std::string>>(
          names, [&target](const std::vector<std::string>& given) { target = given.empty() ? "" : given.front(); },
          help)
      ->expected(0, 1)
      ->type_name(type)
      ->group(heading_);
}

void CommandLine::values(const std::string& names, const std::string& type, const std::string& help,
                         std::vector<std::string>& target) {
  app_->add_option(names, target, help)->allow_extra_args(false)->type_name(type)->group(heading_);
}

void CommandLine::integer(const std::string& names, const std::string& type, const std::string& help,
                          std::optional<std::int64_t>& target, std::int64_t minimum, std::int64_t maximum) {
  const std::string longest = names.substr(names.rfind(',') + 1);
  app_->add_option_function<std::string>(
          names,
          [&target, longest, minimum, maximum](const std::string& text) {
            target = parse_integer(text, longest, minimum, maximum);
          },
          help)
      ->type_name(type)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->group(heading_);
}

bool CommandLine::parse(const Arguments& arguments) {
  for (const std::string& argument : arguments) {
    if (!is_valid_utf8(argument) && argument.starts_with("-")) fail_unknown_flag(argument);
  }
  try {
    app_->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    standard_output().text(help());
    return false;
  } catch (const CLI::ParseError& error) {
    fail(error.what());
  }
  sort_remaining(app_->remaining());
  return true;
}

void CommandLine::sort_remaining(const std::vector<std::string>& remaining) {
  bool only_words = false;
  for (const std::string& argument : remaining) {
    if (!only_words && argument == "--") {
      only_words = true;
      continue;
    }
    if (!only_words && looks_like_flag(argument)) fail_unknown_flag(argument);
    words_.push_back(argument);
  }
}

void CommandLine::fail_unknown_flag(const std::string& flag) const {
  std::vector<std::string> known;
  for (const CLI::Option* option : app_->get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string name = flag.substr(0, flag.find('='));
  throw UsageError(
      fmt::format("{}: there is no flag {}", verb_, quote(name)),
      did_you_mean(name, known, fmt::format("see 'hearth {} --help'; words that begin with '-' go after '--'", verb_)));
}

void CommandLine::expect_words(const std::vector<std::string>& names, std::size_t minimum) const {
  if (words_.size() < minimum) fail(fmt::format("{} is missing", names[words_.size()]));
  if (words_.size() > names.size()) {
    fail(fmt::format("{} is one argument too many; put quotes around text with spaces", quote(words_[names.size()])));
  }
}

void CommandLine::fail(const std::string& message) const {
  throw UsageError(fmt::format("{}: {}", verb_, message), fmt::format("see 'hearth {} --help'", verb_));
}

std::string CommandLine::help() const {
  std::string text =
      fmt::format("Usage: hearth {}{}{} [FLAGS]\n\n{}\n", verb_, usage_.empty() ? "" : " ", usage_, description_);
  std::vector<std::string> headings;
  for (const CLI::Option* option : app_->get_options()) {
    if (std::find(headings.begin(), headings.end(), option->get_group()) == headings.end()) {
      headings.push_back(option->get_group());
    }
  }
  // CLI11 has put its own --help first, under a heading of its own; it belongs last.
  std::rotate(headings.begin(), headings.begin() + 1, headings.end());
  for (const std::string& heading : headings) {
    text += fmt::format("\n{}:\n", heading == "Options" ? "Help" : heading);
    for (const CLI::Option* option : app_->get_options()) {
      if (option->get_group() != heading) continue;
      std::string left = "  " + option->get_name(false, true);
      if (option->get_items_expected_max() > 0) left += " " + option->get_type_name();
      text += left.size() < kHelpColumn
                  ? fmt::format("{:<{}}{}\n", left, kHelpColumn, option->get_description())
                  : fmt::format("{}\n{:<{}}{}\n", left, "", kHelpColumn, option->get_description());
    }
  }
  if (!examples_.empty()) text += "\nExamples:\n" + indented(examples_);
  return text;
}

}  // namespace hearth::cli
