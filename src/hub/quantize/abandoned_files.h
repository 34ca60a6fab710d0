// What a conversion that was killed (kill -9, a power cut) leaves beside the file it was to write.
#pragma once

#include <filesystem>

namespace hearth {

/// Removes the unfinished files of earlier conversions to `destination` whose process has ended: those that base/
/// atomic_file.h calls DESTINATION.PID.N.tmp. One written to in the last minute stays, since a process of that number
/// may live on another machine that shares the folder. Never fails.
void remove_abandoned_files(const std::filesystem::path& destination);

}  // namespace hearth
