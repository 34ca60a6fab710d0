// A file that is mapped and then shortened by somebody else ends a process with SIGBUS. Here it reads as zeros instead,
// and who uses the file can ask whether that has happened. It repairs nothing: what was computed since is worthless.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hearth {

/// From now on, for this process. Faults elsewhere go to whoever handled them before. Idempotent; any thread.
void survive_shortened_files();

/// How often a mapping was found shortened; cheap, to be looked at often. Any thread.
std::uint64_t shortened_mappings();
/// Whether `data` lies in a mapping that was found shortened. Any thread.
bool is_in_shortened_mapping(const void* data);

/// `data` is the beginning of a mapping of `size` bytes, until forget_mapping(). Beyond a few thousand at once they are
/// not guarded. Any thread.
void guard_mapping(const void* data, std::size_t size);
/// To be called before it is unmapped.
void forget_mapping(const void* data);

}  // namespace hearth
