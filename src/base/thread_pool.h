// A fixed set of worker threads for kernels. The caller works too; there is no task queue and nothing allocates per
// call.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace hearth {

/// A borrowed callable: cheaper than std::function, valid only during the call it is passed to.
template <typename Signature>
class FunctionRef;
template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  /// Made to be passed a lambda, hence not explicit.
  template <typename F>
  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): never chosen for a copy
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& f)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(args...);
        }) {}
  R operator()(Args... args) const { return call_(object_, args...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// Thread-safe: no; one thread at a time may call parallel_for.
class ThreadPool {
 public:
  /// `n_threads` counts the caller; 0 means as many as this process may run on (its CPU affinity and cgroup limit), one
  /// per core.
  explicit ThreadPool(int n_threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const;
  /// Calls f(begin, end, worker) for consecutive parts of [0, n) of at most `grain` (> 0) items, taken by the workers
  /// from a shared counter; worker is in [0, size()). Returns when all are done. What an f throws first is thrown again
  /// here.
  void parallel_for(std::int64_t n, std::int64_t grain,
                    FunctionRef<void(std::int64_t begin, std::int64_t end, int worker)> f);

  static int default_size();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hearth
