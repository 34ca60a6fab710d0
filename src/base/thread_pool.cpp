#include "base/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/cpu.h"

namespace hearth {
namespace {

using Job = FunctionRef<void(std::int64_t, std::int64_t, int)>;

/// About 50 µs on a current core: longer than the gap between two kernels of a forward pass, too short to be seen as
/// load.
constexpr int kSpins = 2000;
constexpr int kSpinsPerYield = 64;

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `word` differs from `old`: first spinning, giving the core away now and then in case another thread
/// needs it to make the change, then asleep. Returns the new value.
std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t old) {
  for (int i = 1; i <= kSpins; ++i) {
    const std::uint32_t now = word.load(std::memory_order_acquire);
    if (now != old) return now;
    if (i % kSpinsPerYield == 0) {
      std::this_thread::yield();
    } else {
      pause_cpu();
    }
  }
  for (;;) {
    word.wait(old, std::memory_order_acquire);
    const std::uint32_t now = word.load(std::memory_order_acquire);
    if (now != old) return now;
  }
}

/// One pool of a process may pin its workers; a second pool on the same CPUs would stand in its way.
std::atomic<bool> pins_taken{false};

void pin(std::thread& thread, int cpu) {
  if (cpu >= CPU_SETSIZE) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  // A refusal only costs speed.
  ::pthread_setaffinity_np(thread.native_handle(), sizeof(set), &set);
}

}  // namespace

// A job is open while workers may join it. The caller closes it when no item is left and then waits only for those that
// joined: a worker that the system has not woken yet is not waited for.
struct ThreadPool::State {
  static constexpr std::uint32_t kOpen = 1u << 31;

  std::vector<std::thread> threads;
  bool pinned = false;

  // Written by the caller while the gate is closed and empty; read by workers after they joined.
  const Job* job = nullptr;
  std::int64_t n = 0;
  std::int64_t grain = 1;

  alignas(64) std::atomic<std::uint32_t> epoch{0};  ///< grows with each job; workers sleep on it
  std::atomic<bool> stop{false};
  alignas(64) std::atomic<std::uint32_t> gate{0};  ///< kOpen and the number of workers inside
  alignas(64) std::atomic<std::int64_t> next{0};   ///< first item that nobody has taken

  std::mutex failure_mutex;
  std::exception_ptr failure;

  void take_parts(int worker) {
    try {
      for (;;) {
        const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
        if (begin >= n) return;
        (*job)(begin, std::min(n, begin + grain), worker);
      }
    } catch (...) {
      next.store(n, std::memory_order_relaxed);  // nobody needs to begin another part
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  bool join() {
    std::uint32_t now = gate.load(std::memory_order_relaxed);
    while ((now & kOpen) != 0) {
      if (gate.compare_exchange_weak(now, now + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  void leave() {
    if (gate.fetch_sub(1, std::memory_order_acq_rel) == 1) gate.notify_one();
  }

  void work(int worker) {
    std::uint32_t seen = 0;
    for (;;) {
      seen = wait_for_change(epoch, seen);
      if (stop.load(std::memory_order_acquire)) return;
      if (!join()) continue;
      take_parts(worker);
      leave();
    }
  }

  void close_and_wait() {
    std::uint32_t inside = gate.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
    while (inside != 0) inside = wait_for_change(gate, inside);
  }

  void shut_down() {
    stop.store(true, std::memory_order_release);
    epoch.fetch_add(1, std::memory_order_release);
    epoch.notify_all();
    for (std::thread& thread : threads) thread.join();
    if (pinned) pins_taken.store(false);
  }
};

ThreadPool::ThreadPool(int n_threads) : state_(std::make_unique<State>()) {
  const int size = n_threads > 0 ? n_threads : default_size();
  if (size == 1) return;
  const std::vector<int> cpus = usable_cpus();
  state_->pinned = static_cast<std::size_t>(size) <= cpus.size() && !pins_taken.exchange(true);
  try {
    for (int worker = 1; worker < size; ++worker) {
      state_->threads.emplace_back([state = state_.get(), worker] { state->work(worker); });
      if (state_->pinned) pin(state_->threads.back(), cpus[static_cast<std::size_t>(worker)]);
    }
  } catch (...) {  // the system refused a thread: those that run must end before the state goes
    state_->shut_down();
    throw;
  }
}

ThreadPool::~ThreadPool() {
  if (!state_->threads.empty()) state_->shut_down();
}

int ThreadPool::size() const { return static_cast<int>(state_->threads.size()) + 1; }

void ThreadPool::parallel_for(std::int64_t n, std::int64_t grain, Job f) {
  assert(grain > 0);
  if (n <= 0) return;
  grain = std::min(grain, n);
  if (state_->threads.empty() || n <= grain) {
    for (std::int64_t begin = 0; begin < n; begin += grain) f(begin, std::min(n, begin + grain), 0);
    return;
  }
  State& s = *state_;
  s.job = &f;
  s.n = n;
  s.grain = grain;
  s.next.store(0, std::memory_order_relaxed);
  s.gate.store(State::kOpen, std::memory_order_release);
  s.epoch.fetch_add(1, std::memory_order_release);
  s.epoch.notify_all();
  s.take_parts(0);
  s.close_and_wait();
  if (s.failure) {
    const std::exception_ptr failure = std::exchange(s.failure, nullptr);
    std::rethrow_exception(failure);
  }
}

int ThreadPool::default_size() { return usable_cores(); }

}  // namespace hearth
