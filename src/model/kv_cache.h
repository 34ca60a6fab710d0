// Keys and values of what one sequence has read so far, in pages that it may share with others: it copies a shared page
// before it writes into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/attention.h"
#include "model/kv_page_pool.h"

namespace hearth {

/// The cells of one sequence; cell c holds position c.
class KvSequence {
 public:
  explicit KvSequence(KvPagePool& pool);
  KvSequence(const KvSequence&) = delete;
  KvSequence& operator=(const KvSequence&) = delete;

  std::int64_t size() const { return size_; }
  DType dtype() const { return pool_.dtype(); }
  /// Pages that reserve(n) would take.
  std::size_t pages_to_reserve(std::int64_t n) const;
  /// Takes what grow(n) needs, so that it cannot fail. Errors: kOutOfMemory; what it took until then stays.
  void reserve(std::int64_t n);
  /// Makes room for cells [size, n) and counts them as there; their content is written by the forward pass. Errors: as
  /// reserve().
  void grow(std::int64_t n);
  /// Forgets cells from n on, and what was reserved behind them.
  void truncate(std::int64_t n);

  /// The pages of cells [0, size), and perhaps reserved ones behind.
  std::span<const KvPage> pages() const { return pages_; }
  /// Becomes a sequence of the first `n` cells in these pages.
  void adopt(std::span<const KvPage> pages, std::int64_t n);
  /// Takes another page with the same content in place of one of its own.
  void replace_page(std::size_t index, const KvPage& page);

  const KvLayer& layer(std::int64_t index) const { return layers_[static_cast<std::size_t>(index)]; }
  std::byte* k_page(std::int64_t layer, std::int64_t cell);
  std::byte* v_page(std::int64_t layer, std::int64_t cell);

 private:
  bool must_copy_last(std::int64_t n) const;
  void rebuild_views(std::size_t from);

  KvPagePool& pool_;
  std::int64_t size_ = 0;
  std::vector<KvPage> pages_;
  std::vector<std::vector<const std::byte*>> k_pages_, v_pages_;  ///< per layer, as KvLayer wants them
  std::vector<KvLayer> layers_;
};

/// Pages that hold n cells.
constexpr std::size_t kv_pages_for(std::int64_t n) {
  return static_cast<std::size_t>((n + kKvPageTokens - 1) / kKvPageTokens);
}

}  // namespace hearth
