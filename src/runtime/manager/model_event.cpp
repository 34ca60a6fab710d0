#include "runtime/manager/model_event.h"

namespace hearth {

const char* model_event_name(ModelEvent::Kind kind) {
  switch (kind) {
    case ModelEvent::kLoading: return "loading";
    case ModelEvent::kLoaded: return "loaded";
    case ModelEvent::kFailed: return "failed";
    case ModelEvent::kUnloaded: return "unloaded";
    case ModelEvent::kRetired: return "retired";
  }
  return "loading";
}

}  // namespace hearth
