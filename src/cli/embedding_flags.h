// The flags of `embed` and `similarity` that say what kind of vector is wanted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/command_line.h"
#include "hearth/model.h"

namespace hearth::cli {

class EmbeddingFlags {
 public:
  void add_to(CommandLine& line);
  EmbedOptions options() const;

 private:
  std::optional<std::string> task_;
  std::optional<std::int64_t> dimensions_;
};

}  // namespace hearth::cli
