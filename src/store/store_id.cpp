#include "store/store_id.h"

#include <unistd.h>

#include <array>
#include <chrono>

#include "hearth/error.h"

namespace hearth {

std::string store_id(std::string_view prefix) {
  // 32 digits: five bits of a byte are one, and none is likelier than another. Lower case, for they are typed, too.
  constexpr std::string_view kDigits = "0123456789abcdefghijkmnpqrstuvwx";
  static_assert(kDigits.size() == 32);
  std::array<unsigned char, 24> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    throw Error(ErrorCode::kInternal, "the system gives no random numbers");
  std::string id(prefix);
  for (const unsigned char byte : bytes) id += kDigits[byte % kDigits.size()];
  return id;
}

std::int64_t now_ms() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace hearth
