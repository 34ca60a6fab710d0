#include "hub/quantize/planned_tensor.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "kernels/dequantize.h"

namespace hearth {

ReadRows rows_of(Tensor tensor) {
  return [tensor = std::move(tensor)](std::int64_t begin, std::int64_t end, float* out) {
    dequantize(tensor.dtype, tensor.row(begin), (end - begin) * tensor.row_length(), out);
  };
}

void release_pages(const Tensor& tensor) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t before = (page - reinterpret_cast<std::uintptr_t>(tensor.data) % page) % page;
  if (tensor.bytes() < before + page) return;
  const std::size_t whole = (tensor.bytes() - before) / page * page;
  // A hint: failing changes nothing. The mapping is read-only; madvise takes no pointer to const.
  static_cast<void>(::madvise(const_cast<std::byte*>(tensor.data + before), whole, MADV_DONTNEED));
}

}  // namespace hearth
