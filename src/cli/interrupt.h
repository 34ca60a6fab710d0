// Ctrl-C. Outside of a scope it ends the program with status 130 at once; inside of one it asks for a stop.
#pragma once

#include <atomic>

namespace hearth::cli {

/// Once, at the start. Leaves SIGINT alone where it was ignored (a job in the background).
void install_interrupt_handler();

enum class SecondInterrupt {
  kExits,  ///< who does not want to wait for the stop presses again
  kIsKept  ///< the terminal is in line-editing mode and must be put right first
};

/// While it lives, Ctrl-C sets requested(). Scopes do not nest.
class InterruptScope {
 public:
  explicit InterruptScope(SecondInterrupt second);
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  static const std::atomic<bool>& requested();
};

}  // namespace hearth::cli
