// Rules for files compiled with a CPU level's flags. Such a file must not emit a function that the linker could pick
// for code that runs on every CPU: everything in generic/, avx2/ and avx512/ lives in unnamed namespaces, and no inline
// function of the standard library is called. The test kernels.no_shared_symbols looks at the object files.
#pragma once

#include <cstddef>
#include <cstdint>

#define HEARTH_INLINE [[gnu::always_inline]] inline
#define HEARTH_INLINE_LAMBDA __attribute__((always_inline))

namespace hearth {
namespace {

template <int kValue>
struct Index {
  static constexpr int value = kValue;
  constexpr operator int() const { return kValue; }  // NOLINT(google-explicit-constructor): it stands for the number
};

/// f(Index<0>), f(Index<1>) … f(Index<n − 1>), written out: arrays indexed by these stay in registers.
template <int n, typename F>
HEARTH_INLINE void unroll(const F& f) {
  if constexpr (n > 0) {
    unroll<n - 1>(f);
    f(Index<n - 1>{});
  }
}

template <typename T>
HEARTH_INLINE T read(const void* p) {
  T value;
  __builtin_memcpy(&value, p, sizeof(T));
  return value;
}

HEARTH_INLINE std::int64_t smaller(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

}  // namespace
}  // namespace hearth
