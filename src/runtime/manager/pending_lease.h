// One caller's wait for a model: its callback runs exactly once, whoever comes first with an end.
#pragma once

#include <atomic>
#include <exception>
#include <utility>

#include "hearth/error.h"
#include "runtime/manager/model_manager.h"

namespace hearth {

class PendingLease : public Acquisition {
 public:
  explicit PendingLease(OnLease on_lease) : on_lease_(std::move(on_lease)) {}

  void complete(Lease lease) {
    if (!done_.exchange(true)) call(std::move(lease), nullptr);
  }
  void fail(std::exception_ptr problem) {
    if (!done_.exchange(true)) call({}, std::move(problem));
  }
  void fail(const Error& error) { fail(std::make_exception_ptr(error)); }
  void cancel() override { fail(Error(ErrorCode::kCancelled, "the wait for a model was cancelled")); }
  bool done() const { return done_; }

 private:
  void call(Lease lease, std::exception_ptr problem) {
    // What the callback holds may hold this: it goes when it has been called.
    const OnLease on_lease = std::move(on_lease_);
    on_lease(std::move(lease), std::move(problem));
  }

  std::atomic<bool> done_{false};
  OnLease on_lease_;
};

}  // namespace hearth
