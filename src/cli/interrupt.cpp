#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "cli/program.h"

namespace hearth::cli {
namespace {

enum Mode { kEnd, kStopThenEnd, kStop };
std::atomic<int> mode = kEnd;
std::atomic<bool> stop_requested = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "a signal handler may only touch lock-free atomics");

extern "C" void on_interrupt(int) {
  const bool again = stop_requested.exchange(true);
  if (mode == kEnd || (mode == kStopThenEnd && again)) ::_exit(kInterrupted);
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction before = {};
  if (::sigaction(SIGINT, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) return;
  struct sigaction action = {};
  action.sa_handler = on_interrupt;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: a read() at the prompt must come back
  ::sigaction(SIGINT, &action, nullptr);
}

InterruptScope::InterruptScope(SecondInterrupt second) {
  stop_requested = false;
  mode = second == SecondInterrupt::kExits ? kStopThenEnd : kStop;
}

InterruptScope::~InterruptScope() { mode = kEnd; }

const std::atomic<bool>& InterruptScope::requested() { return stop_requested; }

}  // namespace hearth::cli
