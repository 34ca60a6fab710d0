#include "server/http/request_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/quote.h"
#include "server/http/error_answer.h"
#include "server/http/header_name.h"
#include "server/http/request_head_rules.h"
#include "server/http/request_target.h"

namespace hearth {
namespace {

namespace http = boost::beast::http;

[[noreturn]] void refuse(int status, std::string message, std::string hint = {}) {
  throw HttpError(ErrorCode::kInvalidArgument, std::move(message),
                  {.status = status, .type = {}, .param = {}, .code = {}, .retry_after = 0}, std::move(hint));
}

struct BodyTarget {
  std::string* text = nullptr;
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
};

/// A body of Beast's that appends and counts; its own string_body reserves what a header promises.
struct AppendBody {
  using value_type = BodyTarget;
  class reader {
   public:
    template <bool is_request, typename Fields>
    reader(http::header<is_request, Fields>&, value_type& target) : target_(target) {}
    void init(const boost::optional<std::uint64_t>&, boost::beast::error_code& ec) { ec = {}; }
    template <typename Buffers>
    std::size_t put(const Buffers& buffers, boost::beast::error_code& ec) {
      std::size_t taken = 0;
      ec = {};
      for (auto it = boost::asio::buffer_sequence_begin(buffers); it != boost::asio::buffer_sequence_end(buffers);
           ++it) {
        const boost::asio::const_buffer buffer = *it;
        if (buffer.size() > target_.left) {
          ec = http::error::body_limit;
          return taken;
        }
        target_.left -= buffer.size();
        target_.text->append(static_cast<const char*>(buffer.data()), buffer.size());
        taken += buffer.size();
      }
      return taken;
    }
    void finish(boost::beast::error_code& ec) { ec = {}; }

   private:
    value_type& target_;
  };
};

[[noreturn]] void refuse_parse(const boost::beast::error_code& ec, std::string_view bytes, bool in_first_line) {
  if (ec == http::error::header_limit && in_first_line) refuse(414, "the address of the request is too long");
  if (ec == http::error::header_limit) refuse(431, "the head of the request is too long");
  if (ec == http::error::body_limit) refuse(413, "the body of the request is too long");
  // The first byte of a TLS handshake.
  if (!bytes.empty() && bytes.front() == '\x16') refuse(400, "this address speaks http, not https");
  if (ec == http::error::bad_version) refuse(400, "only HTTP/1.0 and HTTP/1.1 are spoken here");
  refuse(400, "the request is not well-formed HTTP: " + ec.message());
}

}  // namespace

struct RequestParser::State {
  http::request_parser<AppendBody> parser;
  std::string body;
  RequestHead head;
  bool head_done = false;
  bool started = false;
  bool first_line_done = false;
};

RequestParser::RequestParser(std::size_t max_header_bytes) : state_(std::make_unique<State>()) {
  state_->parser.header_limit(
      static_cast<std::uint32_t>(std::min<std::size_t>(max_header_bytes, std::numeric_limits<std::uint32_t>::max())));
  state_->parser.body_limit(boost::none);  // AppendBody's counts, and is set when the route is known
  state_->parser.get().body().text = &state_->body;
}

RequestParser::~RequestParser() = default;

std::size_t RequestParser::feed(std::string_view bytes) {
  State& s = *state_;
  std::size_t taken = 0;
  if (!s.started) {
    // RFC 9112 §2.2: an empty line before the request line is left over from a sloppy client.
    while (taken < bytes.size() && (bytes[taken] == '\r' || bytes[taken] == '\n')) ++taken;
    if (taken == bytes.size()) return taken;
    s.started = true;
  }
  while (taken < bytes.size() && !s.parser.is_done()) {
    boost::beast::error_code ec;
    const std::string_view rest = bytes.substr(taken);
    // Beast 1.81 asserts that a last chunk comes with its five bytes ("0", two line ends) at least. Nothing shorter can
    // stand at the end of a body.
    constexpr std::size_t kLastChunk = 5;
    if (s.head_done && s.head.chunked && rest.size() < kLastChunk) break;
    try {
      taken += s.parser.put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
    } catch (const std::length_error&) {  // Beast's own bound of a field, which a trailer can meet
      ec = http::error::header_limit;
    }
    if (ec == http::error::need_more) {
      s.first_line_done = s.first_line_done || taken != 0;
      break;
    }
    const bool in_first_line = !s.first_line_done && taken == 0 && rest.find('\n') == std::string_view::npos;
    if (ec) refuse_parse(ec, bytes, in_first_line);
    if (!s.head_done && s.parser.is_header_done()) {
      s.head = read_request_head(s.parser);
      s.head_done = true;
      s.parser.eager(true);
      return taken;
    }
  }
  return taken;
}

bool RequestParser::head_done() const { return state_->head_done; }
bool RequestParser::done() const { return state_->head_done && state_->parser.is_done(); }
RequestHead& RequestParser::head() { return state_->head; }
std::string RequestParser::target() const { return std::string(std::string_view(state_->parser.get().target())); }
bool RequestParser::started() const { return state_->started; }
std::size_t RequestParser::body_size() const { return state_->body.size(); }
std::string RequestParser::take_body() { return std::exchange(state_->body, {}); }

void RequestParser::set_body_limit(std::uint64_t bytes) {
  if (state_->head.content_length.value_or(0) > bytes) {
    refuse(413, "the body of the request has " + std::to_string(*state_->head.content_length) + " bytes; at most " +
                    std::to_string(bytes) + " are taken here");
  }
  state_->parser.get().body().left = bytes;
  if (state_->head.chunked) state_->parser.body_limit(bytes);  // of the lengths that chunks announce
}

}  // namespace hearth
