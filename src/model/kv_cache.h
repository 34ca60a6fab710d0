// Keys and values of what sequences have read so far, in pages of kKvPageTokens cells. A page holds all layers of those
// cells, so a sequence grows one page at a time and pages can later be shared between sequences.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/attention.h"
#include "model/transformer_spec.h"

namespace hearth {

/// Makes pages and takes them back. Not thread-safe; must outlive its sequences.
class KvPagePool {
 public:
  /// `dtype` F32, F16 or BF16. Errors: kUnsupported for others.
  KvPagePool(const TransformerSpec& spec, DType dtype);
  ~KvPagePool();
  KvPagePool(const KvPagePool&) = delete;
  KvPagePool& operator=(const KvPagePool&) = delete;

  std::byte* take();  ///< Errors: kOutOfMemory
  void give_back(std::byte* page);

  DType dtype() const { return dtype_; }
  std::int64_t n_layer() const { return n_layer_; }
  std::size_t page_bytes() const { return page_bytes_; }
  std::size_t bytes_in_use() const { return page_bytes_ * in_use_; }
  /// Where K or V of `layer` begin in a page.
  std::size_t k_offset(std::int64_t layer) const { return static_cast<std::size_t>(2 * layer) * part_bytes_; }
  std::size_t v_offset(std::int64_t layer) const { return static_cast<std::size_t>(2 * layer + 1) * part_bytes_; }

 private:
  DType dtype_;
  std::int64_t n_layer_;
  std::size_t part_bytes_;  ///< K or V of one layer in one page
  std::size_t page_bytes_;
  std::size_t in_use_ = 0;
  std::vector<std::byte*> free_;
};

/// The cells of one sequence; cell c holds position c.
class KvSequence {
 public:
  explicit KvSequence(KvPagePool& pool);
  ~KvSequence();
  KvSequence(const KvSequence&) = delete;
  KvSequence& operator=(const KvSequence&) = delete;

  std::int64_t size() const { return size_; }
  DType dtype() const { return pool_.dtype(); }
  /// Makes room for cells [size, n) and counts them as there; their content is written by the forward pass.
  void grow(std::int64_t n);
  /// Forgets cells from n on.
  void truncate(std::int64_t n);

  const KvLayer& layer(std::int64_t index) const { return layers_[static_cast<std::size_t>(index)]; }
  std::byte* k_page(std::int64_t layer, std::int64_t cell);
  std::byte* v_page(std::int64_t layer, std::int64_t cell);

 private:
  void rebuild_views();
  KvPagePool& pool_;
  std::int64_t size_ = 0;
  std::vector<std::byte*> pages_;
  std::vector<std::vector<const std::byte*>> k_pages_, v_pages_;  ///< per layer, as KvLayer wants them
  std::vector<KvLayer> layers_;
};

}  // namespace hearth
