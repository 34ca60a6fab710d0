// Memory for keys and values in pages of kKvPageTokens cells, bounded in bytes. A page holds all layers of its cells;
// whoever reads them shares it by a counted reference, and the last one gives it back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "kernels/attention.h"
#include "model/transformer_spec.h"

namespace hearth {

class KvPagePool;

/// A reference to a page. Only the sole holder of one may write to it. Not thread-safe; must not outlive the pool.
class KvPage {
 public:
  KvPage() = default;
  KvPage(const KvPage& other) : slot_(other.slot_) {
    if (slot_ != nullptr) ++slot_->users;
  }
  KvPage(KvPage&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  KvPage& operator=(KvPage other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~KvPage();

  std::byte* data() const { return slot_->data; }
  bool shared() const { return slot_->users > 1; }
  bool operator==(const KvPage&) const = default;

 private:
  friend class KvPagePool;
  struct Slot {
    std::byte* data = nullptr;
    std::uint32_t users = 0;
    KvPagePool* pool = nullptr;
  };
  explicit KvPage(Slot* slot) : slot_(slot) {}
  Slot* slot_ = nullptr;
};

/// Makes pages and takes them back. Not thread-safe; must outlive its pages.
class KvPagePool {
 public:
  static constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

  /// `dtype` F32, F16, BF16 or I8 (kernels/attention.h). Errors: kUnsupported for others.
  KvPagePool(const TransformerSpec& spec, DType dtype, std::size_t max_bytes = kUnlimited);
  ~KvPagePool();
  KvPagePool(const KvPagePool&) = delete;
  KvPagePool& operator=(const KvPagePool&) = delete;

  KvPage take();  ///< Errors: kOutOfMemory
  /// Frees what nobody uses.
  void trim();

  DType dtype() const { return dtype_; }
  std::int64_t n_layer() const { return n_layer_; }
  std::size_t page_bytes() const { return page_bytes_; }
  std::size_t max_bytes() const { return max_bytes_; }
  /// Pages that there may be at once, and how many more may be taken now.
  std::size_t max_pages() const { return max_bytes_ / page_bytes_; }
  std::size_t available() const { return max_pages() - in_use_; }
  std::size_t bytes_in_use() const { return page_bytes_ * in_use_; }
  /// In use or kept for later.
  std::size_t bytes_held() const { return page_bytes_ * (in_use_ + free_.size()); }
  /// Where K or V of `layer` begin in a page.
  std::size_t k_offset(std::int64_t layer) const { return static_cast<std::size_t>(2 * layer) * part_bytes_; }
  std::size_t v_offset(std::int64_t layer) const { return static_cast<std::size_t>(2 * layer + 1) * part_bytes_; }

 private:
  friend class KvPage;
  void give_back(KvPage::Slot* slot);

  DType dtype_;
  std::int64_t n_layer_;
  std::size_t part_bytes_;  ///< K or V of one layer in one page
  std::size_t page_bytes_;
  std::size_t max_bytes_;
  std::size_t in_use_ = 0;
  std::deque<KvPage::Slot> slots_;
  std::vector<KvPage::Slot*> free_;   ///< with memory
  std::vector<KvPage::Slot*> empty_;  ///< without
};

inline KvPage::~KvPage() {
  if (slot_ != nullptr && --slot_->users == 0) slot_->pool->give_back(slot_);
}

/// Bytes of one page of a model's cache.
std::size_t kv_page_bytes(const TransformerSpec& spec, DType dtype);

}  // namespace hearth
