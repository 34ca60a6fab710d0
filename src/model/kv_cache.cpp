#include "model/kv_cache.h"

#include <cassert>
#include <cstring>

namespace hearth {

KvSequence::KvSequence(KvPagePool& pool)
    : pool_(pool),
      k_pages_(static_cast<std::size_t>(pool.n_layer())),
      v_pages_(static_cast<std::size_t>(pool.n_layer())),
      layers_(static_cast<std::size_t>(pool.n_layer())) {}

bool KvSequence::must_copy_last(std::int64_t n) const {
  return n > size_ && size_ % kKvPageTokens != 0 && pages_[static_cast<std::size_t>(size_ / kKvPageTokens)].shared();
}

std::size_t KvSequence::pages_to_reserve(std::int64_t n) const {
  const std::size_t needed = kv_pages_for(n);
  return (needed > pages_.size() ? needed - pages_.size() : 0) + (must_copy_last(n) ? 1 : 0);
}

void KvSequence::reserve(std::int64_t n) {
  if (must_copy_last(n)) {
    const auto last = static_cast<std::size_t>(size_ / kKvPageTokens);
    KvPage copy = pool_.take();
    std::memcpy(copy.data(), pages_[last].data(), pool_.page_bytes());
    pages_[last] = std::move(copy);
    rebuild_views(last);
  }
  const std::size_t before = pages_.size();
  const std::size_t needed = kv_pages_for(n);
  if (needed <= before) return;
  try {
    pages_.reserve(needed);
    while (pages_.size() < needed) pages_.push_back(pool_.take());
  } catch (...) {
    rebuild_views(before);
    throw;
  }
  rebuild_views(before);
}

void KvSequence::grow(std::int64_t n) {
  assert(n >= size_);
  reserve(n);
  size_ = n;
}

void KvSequence::truncate(std::int64_t n) {
  assert(n >= 0 && n <= size_);
  size_ = n;
  const std::size_t needed = kv_pages_for(n);
  if (needed >= pages_.size()) return;
  pages_.erase(pages_.begin() + static_cast<std::ptrdiff_t>(needed), pages_.end());
  rebuild_views(needed);
}

void KvSequence::adopt(std::span<const KvPage> pages, std::int64_t n) {
  assert(kv_pages_for(n) <= pages.size());
  std::vector<KvPage> adopted(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(kv_pages_for(n)));
  pages_ = std::move(adopted);
  size_ = n;
  rebuild_views(0);
}

void KvSequence::replace_page(std::size_t index, const KvPage& page) {
  if (pages_[index] == page) return;
  pages_[index] = page;
  rebuild_views(index);
}

void KvSequence::rebuild_views(std::size_t from) {
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    const auto index = static_cast<std::int64_t>(layer);
    k_pages_[layer].resize(from);
    v_pages_[layer].resize(from);
    for (std::size_t page = from; page < pages_.size(); ++page) {
      k_pages_[layer].push_back(pages_[page].data() + pool_.k_offset(index));
      v_pages_[layer].push_back(pages_[page].data() + pool_.v_offset(index));
    }
    layers_[layer] = {k_pages_[layer], v_pages_[layer]};
  }
}

std::byte* KvSequence::k_page(std::int64_t layer, std::int64_t cell) {
  return pages_[static_cast<std::size_t>(cell / kKvPageTokens)].data() + pool_.k_offset(layer);
}

std::byte* KvSequence::v_page(std::int64_t layer, std::int64_t cell) {
  return pages_[static_cast<std::size_t>(cell / kKvPageTokens)].data() + pool_.v_offset(layer);
}

}  // namespace hearth
