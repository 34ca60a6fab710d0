// Aborts where one input costs too much of the processor's time. libFuzzer's own -timeout goes by the clock on the
// wall, which a busy machine spends on others.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace hearth::fuzz {

class CpuLimit {
 public:
  explicit CpuLimit(double seconds) : until_(now() + seconds) {}
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
  ~CpuLimit() {
    if (now() <= until_) return;
    std::fprintf(stderr, "the input takes too long\n");
    std::abort();
  }

 private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  double until_;
};

}  // namespace hearth::fuzz
