// Who goes first.
#pragma once

namespace hearth {

enum class Priority { kInteractive, kBatch };

}  // namespace hearth
