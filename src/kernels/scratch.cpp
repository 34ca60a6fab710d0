#include "kernels/scratch.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "hearth/error.h"

namespace hearth {
namespace {

struct Free {
  void operator()(std::byte* p) const { std::free(p); }
};

struct Buffer {
  std::unique_ptr<std::byte, Free> data;
  std::size_t size = 0;
};

constexpr std::size_t kAlignment = 64;

}  // namespace

std::byte* scratch(ScratchUse use, std::size_t bytes) {
  thread_local Buffer buffers[2];
  Buffer& buffer = buffers[static_cast<int>(use)];
  if (bytes > buffer.size || buffer.data == nullptr) {
    const std::size_t size = (bytes / kAlignment + 1) * kAlignment;
    buffer.data.reset();  // the old content is not needed: do not hold both
    buffer.size = 0;
    buffer.data.reset(static_cast<std::byte*>(std::aligned_alloc(kAlignment, size)));
    if (buffer.data == nullptr) {
      throw Error(ErrorCode::kOutOfMemory, fmt::format("no memory for {} bytes of scratch space", size));
    }
    buffer.size = size;
  }
  return buffer.data.get();
}

}  // namespace hearth
