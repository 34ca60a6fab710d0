#include "server/access/key_hash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "hearth/error.h"

namespace hearth {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

KeyHash key_hash(std::string_view secret) {
  KeyHash hash;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), hash.data());
  return hash;
}

std::string key_hash_hex(std::string_view secret) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : key_hash(secret)) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 0xFU];
  }
  return hex;
}

KeyHash parse_key_hash(std::string_view hex, std::string_view what) {
  KeyHash hash{};
  bool sound = hex.size() == 2 * hash.size();
  for (std::size_t i = 0; sound && i < hash.size(); ++i) {
    const int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);
    sound = high >= 0 && low >= 0;
    if (sound) hash[i] = static_cast<unsigned char>(high * 16 + low);
  }
  if (!sound) {
    // The text is not shown: somebody may have put the key itself in its place.
    throw Error(ErrorCode::kInvalidArgument, std::string(what) + " is not a SHA-256 hash of 64 hexadecimal digits",
                "printf %s KEY | sha256sum");
  }
  return hash;
}

bool same_hash(const KeyHash& a, const KeyHash& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace hearth
