// Memory for the length of one operation: a buffer a thread and purpose that only grows, so that nothing is allocated
// once a model is warm.
#pragma once

#include <cstddef>

namespace hearth {

enum class ScratchUse {
  kShared,  ///< of the thread that started the operation, read by all workers
  kWorker   ///< of the thread that works on a part
};

/// At least `bytes`, aligned to 64, valid until this thread asks again with the same use. Contents are left over.
/// Errors: kOutOfMemory.
std::byte* scratch(ScratchUse use, std::size_t bytes);

}  // namespace hearth
