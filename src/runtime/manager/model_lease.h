// The right to use a loaded model: while it lives, the model stays. Not a request: any number of these may be held by
// the requests that run on one model.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/manager/model_overlay.h"
#include "runtime/serving/served_model.h"

namespace hearth {

class Lease {
 public:
  /// What it stands on; the manager's side makes it. Its destructor gives the model back.
  struct Hold {
    virtual ~Hold() = default;
    std::shared_ptr<ServedModel> model;
    std::string name;
    std::shared_ptr<const ModelOverlay> overlay;
    std::uint64_t version = 0;
    double load_seconds = 0;
  };

  Lease() = default;
  explicit Lease(std::unique_ptr<Hold> hold) : hold_(std::move(hold)) {}

  explicit operator bool() const { return hold_ != nullptr; }
  /// REQUIRES of all below: not empty.
  ServedModel& model() const { return *hold_->model; }
  ServedModel* operator->() const { return hold_->model.get(); }
  const std::string& name() const { return hold_->name; }  ///< its id, whatever name was asked for
  /// What create_overlay() laid over the model under this name; nullptr for none.
  const ModelOverlay* overlay() const { return hold_->overlay.get(); }
  std::uint64_t version() const { return hold_->version; }  ///< another number after each load
  /// How long this caller waited for the model; 0 where it was loaded.
  double load_seconds() const { return hold_->load_seconds; }

  /// Gives it back before the end of its life. May be called, like the destructor, from the model's own callbacks.
  void release() { hold_.reset(); }

 private:
  std::unique_ptr<Hold> hold_;
};

}  // namespace hearth
