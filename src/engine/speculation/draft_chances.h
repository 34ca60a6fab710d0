// How often the guesses for one sequence have been right lately, by how long their match was. It learns from guesses
// that were checked and from those that were only compared with what came, so that it notices when guessing begins to
// pay.
#pragma once

#include <array>
#include <cstdint>

namespace hearth {

class DraftChances {
 public:
  /// That a guessed token is right, if those before it are.
  double of(std::int64_t match) const { return chances_[kind(match)]; }
  /// `right` tokens of a draft were so; `wrong`: the one behind them was not.
  void learn(std::int64_t match, std::int64_t right, bool wrong);

 private:
  static std::size_t kind(std::int64_t match);
  /// To begin with: texts that repeat two words do not often go on with the third, those that repeat eight mostly do.
  std::array<double, 4> chances_ = {0.5, 0.6, 0.75, 0.9};
};

}  // namespace hearth
