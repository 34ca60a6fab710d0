// The flags and words of one verb: CLI11 parses them; help, unknown flags and plain words are put here in Hearth's way.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/verbs.h"

namespace hearth::cli {

/// Targets of flags are references and must outlive parse().
class CommandLine {
 public:
  /// `words`: how the arguments without a flag read in the usage line ("[MODEL] [PROMPT…]"). `examples`: lines without
  /// indent.
  CommandLine(std::string verb, std::string words, std::string description, std::string examples);

  /// The flags that follow stand under this heading in the help.
  void heading(std::string heading) { heading_ = std::move(heading); }
  void toggle(const std::string& names, const std::string& help, bool& target);
  /// A flag with one value; given twice, the last one counts.
  void value(const std::string& names, const std::string& type, const std::string& help,
             std::optional<std::string>& target);
  /// A flag whose value may be left out: then it is empty.
  void optional_value(const std::string& names, const std::string& type, const std::string& help,
                      std::optional<std::string>& target);
  /// A flag with one value that may be given many times.
  void values(const std::string& names, const std::string& type, const std::string& help,
              std::vector<std::string>& target);
  void integer(const std::string& names, const std::string& type, const std::string& help,
               std::optional<std::int64_t>& target, std::int64_t minimum,
               std::int64_t maximum = std::numeric_limits<std::int64_t>::max());

  /// False: the help was asked for and has been printed. Errors: UsageError.
  bool parse(const Arguments& arguments);

  /// The arguments without a flag, in order; after "--" every argument is one.
  const std::vector<std::string>& words() const { return words_; }
  /// Errors: UsageError naming what is missing or too much. `names`: those of the words, the first `minimum` required.
  void expect_words(const std::vector<std::string>& names, std::size_t minimum) const;

  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string help() const;
  void sort_remaining(const std::vector<std::string>& remaining);
  [[noreturn]] void fail_unknown_flag(const std::string& flag) const;

  std::string verb_, usage_, description_, examples_;
  std::string heading_ = "Flags";
  std::unique_ptr<CLI::App> app_;  // on the heap, since CLI11's cannot be moved
  std::vector<std::string> words_;
};

}  // namespace hearth::cli
