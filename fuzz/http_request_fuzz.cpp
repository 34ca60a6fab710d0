// Arbitrary bytes as the requests of a connection: each is read, or refused with a 4xx, and the same ones come of the
// bytes however they are divided. What is read keeps its promises, and finds its route or none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unicode.h"
#include "server/access/access_control.h"
#include "server/http/error_answer.h"
#include "server/http/request_parser.h"
#include "server/http/router.h"

namespace {

constexpr std::size_t kHeaderBytes = 16384;

struct Outcome {
  std::vector<std::string> requests;
  int status = 0;  ///< of the refusal that ended it
};

/// Of a request that is not complete the one may see already that it is wrong where the other waits for more.
bool agree(const Outcome& a, const Outcome& b) {
  return a.requests == b.requests && (a.status == b.status || a.status == 0 || b.status == 0);
}

void check(bool holds) {
  if (!holds) std::abort();
}

void check_request(const hearth::RequestHead& head) {
  const hearth::HttpRequest& request = head.request;
  check(request.path == "*" || request.path.starts_with('/'));
  check(hearth::is_valid_utf8(request.path) && request.path.find('\0') == std::string::npos);
  check(!request.id.empty() && request.id.size() <= 128);
  check(!(head.chunked && head.content_length));
  for (const auto& header : request.headers) {
    check(!header.name.empty() && header.value.find_first_of("\r\n") == std::string::npos);
    check(header.value.find('\0') == std::string::npos);
  }
  static const hearth::Router router = [] {
    hearth::Router made;
    const hearth::Handler nothing = [](const std::shared_ptr<hearth::Exchange>&) {};
    made.add("GET", "/", hearth::Scope::kPublic, nothing);
    made.add("POST", "/v1/chat/completions", hearth::Scope::kChat, nothing);
    made.add("GET", "/v1/models/{name...}", hearth::Scope::kAny, nothing);
    made.add("GET", "/v1/responses/{id}", hearth::Scope::kChat, nothing);
    return made;
  }();
  router.find(request.method, head.parts);
  static const hearth::AccessControl access({}, {"127.0.0.1"});
  try {
    access.check_host(request.header("Host"));
    access.check_origin(request);
  } catch (const hearth::HttpError&) {
    // as it should
  }
}

/// `step`: bytes given at once.
Outcome read_all(std::string_view text, std::size_t step) {
  Outcome outcome;
  std::string input;
  auto parser = std::make_unique<hearth::RequestParser>(kHeaderBytes);
  try {
    while (!text.empty()) {
      input += text.substr(0, step);
      text.remove_prefix(std::min(step, text.size()));
      for (bool goes_on = true; goes_on;) {
        const bool head_known = parser->head_done();
        const std::size_t taken = parser->feed(input);
        check(taken <= input.size());
        input.erase(0, taken);
        if (!head_known && parser->head_done()) check_request(parser->head());
        goes_on = taken != 0 && !input.empty();
        if (!parser->done()) continue;
        const hearth::HttpRequest& request = parser->head().request;
        outcome.requests.push_back(request.method + " " + request.path + " " + parser->take_body());
        parser = std::make_unique<hearth::RequestParser>(kHeaderBytes);
        goes_on = !input.empty();
      }
    }
  } catch (const hearth::HttpError& error) {
    outcome.status = hearth::describe(error).status;
    check(outcome.status >= 400 && outcome.status < 500);
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > kHeaderBytes / 2) return 0;
  const std::size_t step = data[0] % 32 + 1U;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(agree(read_all(text, text.size() + 1), read_all(text, step)));
  return 0;
}
