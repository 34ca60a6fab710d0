// Schemas at random, from a grammar of JSON Schema's own keywords: every keyword that Hearth enforces comes, alone and
// with others. The same seed makes the same schema everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/json.h"

namespace hearth::testing {

/// Numbers that are the same on every platform, which those of the standard's distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// From 0 to n - 1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool chance(double probability) { return static_cast<double>(engine_() >> 11) * 0x1p-53 < probability; }
  template <typename List>
  const auto& pick(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937_64 engine_;
};

class RandomSchema {
 public:
  explicit RandomSchema(std::uint64_t seed) : random_(seed) {}
  /// A schema of draft 2020-12. Some have no instance, and some cannot be enforced.
  json::value make();

 private:
  json::value any(int depth);
  json::value scalar();
  json::object number();
  json::object string();
  json::object array(int depth);
  json::object object(int depth);
  json::value combination(int depth);
  json::value constant(int depth);
  std::string name();

  Random random_;
  std::size_t n_definitions_ = 0;
};

}  // namespace hearth::testing
