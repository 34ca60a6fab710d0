// A llama whose weights are all random: it says anything, and never the same kind of thing for long.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hearth::testing {

/// Writes a GGUF file: one layer of 32 dimensions; the tokens are <unk>, <s>, </s>, 256 bytes and `tokens` (valid
/// UTF-8, none twice).
void make_random_llama(const std::filesystem::path& path, const std::vector<std::string>& tokens, std::uint32_t seed);

}  // namespace hearth::testing
