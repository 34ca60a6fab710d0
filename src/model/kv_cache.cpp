#include "model/kv_cache.h"

#include <fmt/format.h>

#include <cassert>
#include <cstdlib>

#include "hearth/error.h"

namespace hearth {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line

std::size_t round_up(std::size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

KvPagePool::KvPagePool(const TransformerSpec& spec, DType dtype) : dtype_(dtype), n_layer_(spec.n_layer) {
  if (dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBF16) {
    throw Error(ErrorCode::kUnsupported, fmt::format("the KV cache cannot be of type {}", dtype_name(dtype)),
                "use f32, f16 or bf16");
  }
  part_bytes_ = round_up(row_bytes(dtype, spec.n_head_kv * kKvPageTokens * spec.head_dim));
  page_bytes_ = part_bytes_ * 2 * static_cast<std::size_t>(spec.n_layer);
}

KvPagePool::~KvPagePool() {
  assert(in_use_ == 0);
  for (std::byte* page : free_) std::free(page);
}

std::byte* KvPagePool::take() {
  std::byte* page = nullptr;
  if (!free_.empty()) {
    page = free_.back();
    free_.pop_back();
  } else {
    page = static_cast<std::byte*>(std::aligned_alloc(kAlignment, page_bytes_));
    if (page == nullptr) {
      throw Error(ErrorCode::kOutOfMemory, fmt::format("no memory for another {} bytes of KV cache", page_bytes_),
                  "use a smaller context");
    }
  }
  ++in_use_;
  return page;
}

void KvPagePool::give_back(std::byte* page) {
  --in_use_;
  free_.push_back(page);
}

KvSequence::KvSequence(KvPagePool& pool)
    : pool_(pool),
      k_pages_(static_cast<std::size_t>(pool.n_layer())),
      v_pages_(static_cast<std::size_t>(pool.n_layer())),
      layers_(static_cast<std::size_t>(pool.n_layer())) {}

KvSequence::~KvSequence() { truncate(0); }

void KvSequence::grow(std::int64_t n) {
  assert(n >= size_);
  const std::size_t before = pages_.size();
  while (static_cast<std::int64_t>(pages_.size()) * kKvPageTokens < n) {
    pages_.reserve(pages_.size() + 1);
    pages_.push_back(pool_.take());
  }
  size_ = n;
  if (pages_.size() != before) rebuild_views();
}

void KvSequence::truncate(std::int64_t n) {
  assert(n >= 0 && n <= size_);
  const std::size_t needed = static_cast<std::size_t>((n + kKvPageTokens - 1) / kKvPageTokens);
  size_ = n;
  if (needed == pages_.size()) return;
  while (pages_.size() > needed) {
    pool_.give_back(pages_.back());
    pages_.pop_back();
  }
  rebuild_views();
}

void KvSequence::rebuild_views() {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const auto index = static_cast<std::int64_t>(layer);
    k_pages_[layer].clear();
    v_pages_[layer].clear();
    for (const std::byte* page : pages_) {
      k_pages_[layer].push_back(page + pool_.k_offset(index));
      v_pages_[layer].push_back(page + pool_.v_offset(index));
    }
    layers_[layer] = {k_pages_[layer], v_pages_[layer]};
  }
}

std::byte* KvSequence::k_page(std::int64_t layer, std::int64_t cell) {
  return pages_[static_cast<std::size_t>(cell / kKvPageTokens)] + pool_.k_offset(layer);
}

std::byte* KvSequence::v_page(std::int64_t layer, std::int64_t cell) {
  return pages_[static_cast<std::size_t>(cell / kKvPageTokens)] + pool_.v_offset(layer);
}

}  // namespace hearth
