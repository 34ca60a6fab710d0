#include "model/kv_page_pool.h"

#include <fmt/format.h>

#include <cassert>
#include <cstdlib>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line

std::size_t part_bytes(const TransformerSpec& spec, DType dtype) {
  const std::size_t bytes = static_cast<std::size_t>(spec.n_head_kv) * kv_head_bytes(dtype, spec.head_dim);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

std::size_t kv_page_bytes(const TransformerSpec& spec, DType dtype) {
  return part_bytes(spec, dtype) * 2 * static_cast<std::size_t>(spec.n_layer);
}

KvPagePool::KvPagePool(const TransformerSpec& spec, DType dtype, std::size_t max_bytes)
    : dtype_(dtype), n_layer_(spec.n_layer), max_bytes_(max_bytes) {
  if (!is_kv_dtype(dtype)) {
    throw Error(ErrorCode::kUnsupported, fmt::format("the KV cache cannot be of type {}", dtype_name(dtype)),
                "use f32, f16, bf16 or q8");
  }
  part_bytes_ = part_bytes(spec, dtype);
  page_bytes_ = kv_page_bytes(spec, dtype);
}

KvPagePool::~KvPagePool() {
  assert(in_use_ == 0);
  trim();
}

KvPage KvPagePool::take() {
  if (in_use_ >= max_pages()) {
    throw Error(ErrorCode::kOutOfMemory,
                fmt::format("the KV cache is full: {} bytes in use of at most {}", bytes_in_use(), max_bytes_),
                "use a smaller context or give the cache more memory");
  }
  KvPage::Slot* slot = nullptr;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (empty_.empty()) {
      free_.reserve(slots_.size() + 1);  // so that giving back and trimming cannot fail
      empty_.reserve(slots_.size() + 1);
      empty_.push_back(&slots_.emplace_back());
    }
    auto* memory = static_cast<std::byte*>(std::aligned_alloc(kAlignment, page_bytes_));
    if (memory == nullptr) {
      throw Error(ErrorCode::kOutOfMemory, fmt::format("no memory for another {} bytes of KV cache", page_bytes_),
                  "use a smaller context");
    }
    slot = empty_.back();
    empty_.pop_back();
    slot->data = memory;
    slot->pool = this;
  }
  slot->users = 1;
  ++in_use_;
  return KvPage(slot);
}

void KvPagePool::give_back(KvPage::Slot* slot) {
  --in_use_;
  free_.push_back(slot);
}

void KvPagePool::trim() {
  for (KvPage::Slot* slot : free_) {
    std::free(slot->data);
    slot->data = nullptr;
    empty_.push_back(slot);
  }
  free_.clear();
}

}  // namespace hearth
