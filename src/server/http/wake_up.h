// Memory for the one message by which other threads wake a connection, set aside when the connection begins: an answer
// that is ready must reach the network's thread also when there is no memory left. Internal: for Asio's post().
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace hearth {

struct WakeUp {
  /// A message is on its way; another one would say nothing new.
  std::atomic<bool> posted = false;
  alignas(std::max_align_t) std::array<std::byte, 192> memory;  // twice what Asio 1.24 (Boost 1.81) takes
};

/// REQUIRES: one allocation lives at a time.
template <class T>
class WakeUpAllocator {
 public:
  using value_type = T;
  explicit WakeUpAllocator(std::shared_ptr<WakeUp> of) : of_(std::move(of)) {}
  template <class U>
  WakeUpAllocator(const WakeUpAllocator<U>& other) noexcept : of_(other.of()) {}  // NOLINT: allocators convert

  T* allocate(std::size_t count) {
    if (count * sizeof(T) > of_->memory.size()) throw std::bad_alloc();
    return reinterpret_cast<T*>(of_->memory.data());
  }
  void deallocate(T* /*memory*/, std::size_t /*count*/) noexcept {}
  const std::shared_ptr<WakeUp>& of() const noexcept { return of_; }
  template <class U>
  bool operator==(const WakeUpAllocator<U>& other) const noexcept {
    return of_ == other.of();
  }

 private:
  std::shared_ptr<WakeUp> of_;
};

}  // namespace hearth
