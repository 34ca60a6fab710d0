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
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(tensor.data) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(tensor.data) + tensor.bytes()) / page * page;
  // A hint: failing changes nothing.
  if (end > begin) static_cast<void>(::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED));
}

}  // namespace hearth
