// Bytes of a connection become one request, with no socket in sight: Beast finds the fields and chunks, the rules
// against smuggling and nonsense are checked here on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/http_request.h"

namespace hearth {

struct RequestHead {
  HttpRequest request;             ///< without body, remote, path_params, route and principal
  std::vector<std::string> parts;  ///< of the path, for Router::find
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool http_1_0 = false;
  bool keep_alive = false;        ///< the client would send more requests
  bool expects_continue = false;  ///< it waits for 100 before it sends the body
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

class RequestParser {
 public:
  explicit RequestParser(std::size_t max_header_bytes);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Takes bytes up to the end of the head, then, when called again, up to the end of the body; returns how many it
  /// took. What it leaves has to be given again, with more behind it. Errors: HttpError 400, 413, 414, 417, 431;
  /// nothing can be read from this connection any more.
  std::size_t feed(std::string_view bytes);

  bool head_done() const;
  bool done() const;
  /// After head_done().
  RequestHead& head();
  /// The address as it was sent, also of a head that was refused; "" where none was read so far.
  std::string target() const;
  /// Of the whole body; to be set after head_done() and before more is fed.
  void set_body_limit(std::uint64_t bytes);
  /// What came of the body since it was last taken.
  std::string take_body();
  std::size_t body_size() const;  ///< of what take_body() would give
  bool started() const;           ///< it has seen a byte of a request

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A sound id for requests that come without: "req_" and 24 hexadecimal digits of random bits.
std::string new_request_id();

}  // namespace hearth
