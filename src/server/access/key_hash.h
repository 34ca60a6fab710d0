// SHA-256 of API keys. One round is enough: keys are long and random, not passwords that people choose.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace hearth {

using KeyHash = std::array<unsigned char, 32>;

KeyHash key_hash(std::string_view secret);
std::string key_hash_hex(std::string_view secret);
/// 64 hexadecimal digits in any case. Errors: kInvalidArgument, naming `what`.
KeyHash parse_key_hash(std::string_view hex, std::string_view what);
/// In time that does not depend on where they differ.
bool same_hash(const KeyHash& a, const KeyHash& b);

}  // namespace hearth
