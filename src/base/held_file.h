// Temporary files that others can tell from those of a process that died: whoever writes one holds a lock (flock) on
// it, which the kernel lets go of however the writer ends.
#pragma once

#include <cstdint>
#include <filesystem>

namespace hearth {

/// Locks the file that was just created as `fd` until it and its copies are closed. False where somebody took it for
/// one that a dead process left, and removed it before the lock came: make another. A file system without locks has
/// nobody who would do so; it is true there.
bool hold_new_file(int fd);

enum class HeldState : std::uint8_t {
  kHeld,       ///< somebody alive writes it
  kAbandoned,  ///< nobody holds it
  kUnknown,    ///< it is gone, no plain file (no link either), may not be opened, or the file system has no locks
};
/// Any thread, any process.
HeldState held_state(const std::filesystem::path& path);
/// Removes it where it is kAbandoned, and holds it meanwhile, so that nobody is asked in vain. Whether it was removed.
bool remove_if_abandoned(const std::filesystem::path& path);

}  // namespace hearth
