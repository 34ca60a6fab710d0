#include "server/api/api_answer.h"

#include <openssl/rand.h>

#include <array>
#include <chrono>

#include "hearth/error.h"

namespace hearth {

std::string random_id(std::string_view prefix) {
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

std::int64_t unix_time() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string sse(const json::value& data) { return "data: " + json::serialize(data) + "\n\n"; }

std::string sse(std::string_view event, const json::value& data) {
  return "event: " + std::string(event) + "\ndata: " + json::serialize(data) + "\n\n";
}

void begin_events(Exchange& exchange) {
  exchange.begin_stream(200, "text/event-stream; charset=utf-8",
                        {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}});
}

void respond_json(Exchange& exchange, const json::value& body, int status) {
  exchange.respond(status, kJsonType, json::serialize(body));
}

}  // namespace hearth
