// The flags that say what form an answer must have, for `run` and `chat`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "hearth/grammar.h"

namespace hearth::cli {

class ConstraintFlags {
 public:
  void add_to(CommandLine& line);
  /// Files are read and the constraint is compiled, so that a mistake shows before a model is loaded; what --lenient
  /// left out is told. Errors: UsageError for two constraints at once; as read_file() and CompiledGrammar::compile.
  Constraint resolve(const CommandLine& line) const;

 private:
  std::optional<std::string> schema_, regex_, grammar_;
  std::vector<std::string> choices_;
  bool json_object_ = false, any_order_ = false, lenient_ = false, compact_ = false;
};

/// "a,b,c", or a JSON array of strings where a choice has a comma itself. Errors: UsageError.
std::vector<std::string> split_choices(const std::string& text);

}  // namespace hearth::cli
