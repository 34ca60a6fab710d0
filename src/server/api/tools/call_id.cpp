#include <openssl/rand.h>

#include <array>
#include <string>
#include <string_view>

#include "hearth/error.h"
#include "server/api/tools/answer_parser.h"

namespace hearth {

std::string new_call_id(std::string_view prefix) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t kLength = 24;
  constexpr unsigned kFair = 256 / kDigits.size() * kDigits.size();  // bytes above would favour the first digits
  std::string id(prefix);
  std::array<unsigned char, 32> bytes{};
  while (id.size() < prefix.size() + kLength) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
      throw Error(ErrorCode::kInternal, "the system gives no random numbers");
    for (const unsigned char byte : bytes) {
      if (byte < kFair && id.size() < prefix.size() + kLength) id += kDigits[byte % kDigits.size()];
    }
  }
  return id;
}

}  // namespace hearth
