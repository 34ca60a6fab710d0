#include "base/mapping_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>

namespace hearth {
namespace {

// The handler may take no lock and allocate nothing, so what it reads is an array of atomics.
struct Slot {
  std::atomic<bool> used{false};
  std::atomic<std::uintptr_t> begin{0}, end{0};  ///< whole pages; 0: none
  std::atomic<bool> shortened{false};
};
constexpr std::size_t kSlots = 4096;  // a model has one for each of its files
std::array<Slot, kSlots> slots;
std::atomic<std::uint64_t> n_shortened{0};
std::uintptr_t page_size = 4096;
struct sigaction previous {};

Slot* slot_of(std::uintptr_t address) {
  for (Slot& slot : slots) {
    const std::uintptr_t begin = slot.begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address < slot.end.load(std::memory_order_acquire)) return &slot;
  }
  return nullptr;
}

/// Zeros from the page of `address` to the end of its mapping.
bool replace_rest(Slot& slot, std::uintptr_t address) {
  const std::uintptr_t page = address & ~(page_size - 1);
  void* const at = reinterpret_cast<void*>(page);  // NOLINT(performance-no-int-to-ptr): the kernel gives addresses
  const std::size_t size = slot.end.load(std::memory_order_acquire) - page;
  if (::mmap(at, size, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) return false;
  slot.shortened.store(true, std::memory_order_release);
  n_shortened.fetch_add(1, std::memory_order_acq_rel);
  return true;
}

void pass_on(int signal, siginfo_t* info, void* context) {
  if ((previous.sa_flags & SA_SIGINFO) != 0 && previous.sa_sigaction != nullptr) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    ::sigaction(SIGBUS, &previous, nullptr);
    ::raise(signal);  // comes when this handler returns, and ends the process as usual
  }
}

void on_bus_error(int signal, siginfo_t* info, void* context) {
  const int kept = errno;
  // BUS_ADRERR is an address behind the end of a file; broken memory has codes of its own and is not ours to hide.
  if (info->si_code == BUS_ADRERR) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    Slot* const slot = slot_of(address);
    if (slot != nullptr && replace_rest(*slot, address)) {
      errno = kept;
      return;
    }
  }
  pass_on(signal, info, context);
  errno = kept;
}

}  // namespace

void survive_shortened_files() {
  static std::once_flag once;
  std::call_once(once, [] {
    page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGBUS, &action, &previous);
  });
}

std::uint64_t shortened_mappings() { return n_shortened.load(std::memory_order_acquire); }

bool is_in_shortened_mapping(const void* data) {
  const Slot* const slot = slot_of(reinterpret_cast<std::uintptr_t>(data));
  return slot != nullptr && slot->shortened.load(std::memory_order_acquire);
}

void guard_mapping(const void* data, std::size_t size) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  for (Slot& slot : slots) {
    if (slot.used.exchange(true, std::memory_order_acq_rel)) continue;
    slot.shortened.store(false, std::memory_order_release);
    slot.end.store((begin + size + page - 1) & ~(page - 1), std::memory_order_release);
    slot.begin.store(begin, std::memory_order_release);
    return;
  }
}

void forget_mapping(const void* data) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  for (Slot& slot : slots) {
    if (slot.begin.load(std::memory_order_acquire) != begin) continue;
    slot.begin.store(0, std::memory_order_release);
    slot.used.store(false, std::memory_order_release);
    return;
  }
}

}  // namespace hearth
