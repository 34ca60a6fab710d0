// A few long jobs on threads of their own, for work that is done once when a model is loaded. Not for kernels: those
// have base/thread_pool.h.
#pragma once

#include <cstddef>
#include <functional>

namespace hearth {

/// f(0) … f(n − 1), each once, on up to `threads` threads. What an f throws first is thrown here, when all have
/// stopped; jobs that had not begun by then are left out.
void each_on_threads(std::size_t n, int threads, const std::function<void(std::size_t)>& f);

}  // namespace hearth
