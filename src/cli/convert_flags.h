// What quantize and convert share: their flags, the progress of a conversion, and the report at its end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/command_line.h"
#include "hearth/convert.h"

namespace hearth::cli {

class ConvertFlags {
 public:
  void add_to(CommandLine& line);

  using Convert = std::function<ConvertResult(const ConvertOptions&)>;
  /// Runs `convert` with the flags' options, a progress line and Ctrl-C, and prints what came of it.
  void run(const std::string& type, const std::string& destination, const Convert& convert) const;

  bool requantize = false;

 private:
  std::optional<std::int64_t> threads_;
  bool overwrite_ = false;
  bool as_json_ = false;
};

/// "F32, F16, …": for help texts.
std::string conversion_type_names();

}  // namespace hearth::cli
