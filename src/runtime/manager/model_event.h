// What happens to models, for logs and metrics.
#pragma once

#include <cstdint>
#include <string>

namespace hearth {

struct ModelEvent {
  enum Kind {
    kLoading,   ///< begins
    kLoaded,    ///< `seconds` later
    kFailed,    ///< `problem` says why
    kUnloaded,  ///< `reason` says why
    kRetired    ///< a newer version took its place; it ends when its last request does
  };
  Kind kind = kLoading;
  std::string name, path;
  std::uint64_t version = 0;
  std::uint64_t bytes = 0;  ///< weights, scratch and the limit of the KV cache; while loading, an estimate
  double seconds = 0;
  std::string reason;   ///< "idle", "memory", "asked", "replaced", "removed", "stopping"
  std::string problem;  ///< an Error's message
};

const char* model_event_name(ModelEvent::Kind kind);  ///< "loading", "loaded" …

}  // namespace hearth
