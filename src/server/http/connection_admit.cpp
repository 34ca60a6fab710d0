// What a connection decides about a request before its handler runs: whether it may go on, and what its answer keeps
// to.
#include <algorithm>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/quote.h"
#include "server/http/connection.h"
#include "server/http/connection_incoming.h"
#include "server/http/header_name.h"

namespace hearth {
namespace {

constexpr const char* kPreflightMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

[[noreturn]] void refuse(ErrorCode code, int status, std::string message, std::string hint = {}) {
  throw HttpError(code, std::move(message), {.status = status, .type = {}, .param = {}, .code = {}, .retry_after = 0},
                  std::move(hint));
}

/// Of a path that only lacks the /v1 that the base URL of OpenAI's clients ends with, the hint is the whole one.
[[noreturn]] void refuse_path(const Router& router, const RequestHead& head) {
  const std::string& path = head.request.path;
  std::vector<std::string> parts = {"v1"};
  parts.insert(parts.end(), head.parts.begin(), head.parts.end());
  const Router::Match longer = router.find(head.request.method, parts);
  const bool is_there = path.starts_with('/') && (longer.route != nullptr || !longer.allow.empty());
  refuse(ErrorCode::kNotFound, 404, "there is no " + quote(path, 200) + " here",
         is_there ? "did you mean " + quote("/v1" + path, 200) + "?" : "");
}

/// Bodies come as they are, in UTF-8 where they are text.
void check_content(const HttpRequest& request) {
  if (const std::string* coding = request.header("Content-Encoding")) {
    if (!coding->empty() && !same_header_name(*coding, "identity")) {
      refuse(ErrorCode::kUnsupported, 415, "the Content-Encoding " + quote(*coding) + " is not taken here",
             "send the body uncompressed");
    }
  }
  if (const std::string* type = request.header("Content-Type")) {
    std::string lower = *type;
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    const std::size_t at = lower.find("charset=");
    if (at == std::string::npos) return;
    const std::string charset = lower.substr(at + 8);
    const bool utf8 = charset.starts_with("utf-8") || charset.starts_with("\"utf-8") || charset.starts_with("utf8") ||
                      charset.starts_with("us-ascii");
    if (!utf8)
      refuse(ErrorCode::kUnsupported, 415, "the charset of " + quote(*type) + " is not taken here", "send UTF-8");
  }
}

/// What strangers may send, and what nobody reads, is not worth memory.
std::uint64_t body_limit(const Router::Route& route, const HttpRequest& request, const HttpLimits& limits) {
  if (route.options.max_body_bytes != 0) return route.options.max_body_bytes;
  const bool reads_none = route.scope == Scope::kPublic || request.method == "GET" || request.method == "HEAD";
  return reads_none ? std::min(HttpLimits::kNoBody, limits.body_bytes) : limits.body_bytes;
}

/// What is thrown out of a handler. Where there is no memory even for the error, the exchange is let go of: its
/// connection ends.
void run_handler(const Handler& handler, const std::shared_ptr<Exchange>& exchange) try {
  try {
    handler(exchange);
  } catch (const Error& error) {
    exchange->fail(error);
  } catch (const std::bad_alloc&) {
    exchange->fail(Error(ErrorCode::kOutOfMemory, "there is not enough memory for this request"));
  } catch (const std::exception& error) {
    exchange->fail(Error(ErrorCode::kInternal, std::string("internal error: ") + error.what()));
  }
} catch (const std::exception&) {
  // The exchange cuts itself off when its last holder lets go.
}

}  // namespace

void Connection::admit(Incoming& incoming) {
  RequestHead& head = incoming.parser.head();
  HttpRequest& request = head.request;
  request.remote = remote_;
  incoming.seen.method = request.method;
  incoming.seen.id = request.id;
  incoming.seen.path = request.path;
  AccessControl& access = *server_.access;
  if (!local_) access.check_host(request.header("Host"));
  access.check_origin(request);
  incoming.fields = access.cors_headers(request);

  if (request.path != "*") incoming.match = server_.router.find(request.method, head.parts);
  const bool options = request.method == "OPTIONS" && incoming.match.route == nullptr;
  if (options && request.path != "*" && incoming.match.allow.empty()) refuse_path(server_.router, head);
  if (options) {
    const std::string allow = incoming.match.allow.empty() ? kPreflightMethods : incoming.match.allow + ", OPTIONS";
    incoming.preflight = access.preflight_headers(request, allow);
    incoming.preflight.push_back({"Allow", allow});
    return;
  }
  if (incoming.match.route == nullptr) {
    if (incoming.match.allow.empty()) refuse_path(server_.router, head);
    incoming.fields.push_back({"Allow", incoming.match.allow + ", OPTIONS"});
    refuse(ErrorCode::kInvalidArgument, 405,
           quote(request.path, 200) + " does not take " + quote(request.method, 40) + ", but " + incoming.match.allow);
  }
  const Router::Route& route = *incoming.match.route;
  request.path_params = incoming.match.params;
  request.route = route.pattern;
  incoming.seen.route = route.pattern;
  incoming.lease = access.admit(request, route.scope, address_, Clock::now());
  incoming.seen.principal = request.principal;
  if (head.has_body()) check_content(request);
  incoming.parser.set_body_limit(body_limit(route, request, server_.options.limits));
}

std::shared_ptr<ExchangeState> Connection::make_state(Incoming& incoming) {
  ExchangeState::Setup setup;
  const Router::Route* route = incoming.match.route;
  setup.rules.close = true;
  setup.rules.extra = std::move(incoming.fields);
  setup.dialect = openai_error;
  if (incoming.head_known) {
    RequestHead& head = incoming.parser.head();
    setup.rules.http_1_0 = head.http_1_0;
    setup.rules.head_only = head.request.method == "HEAD";
    // What follows a body that was not read could not be told from it.
    setup.rules.close = !head.keep_alive || server_.draining || !incoming.parser.done();
    setup.rules.request_id = head.request.id;
    setup.dialect = route != nullptr ? route->options.dialect : dialect_of(head.request.path);
    setup.request = std::move(head.request);
  } else {
    setup.dialect = dialect_of(incoming.parser.target());  // what asks there reads nothing else
    setup.rules.request_id = incoming.seen.id = new_request_id();
  }
  if (incoming.bytes_in == 0) incoming.bytes_in = setup.request.body.size();
  setup.max_buffered = server_.options.limits.buffered_bytes;
  setup.admission = std::move(incoming.lease);
  setup.body_file = incoming.file;
  if (incoming.file) setup.request.body_file = incoming.file->path();
  incoming.file.reset();
  // The exchange forgets this before the loop goes: Connection::run() ends with detach().
  setup.wake = [this, weak = weak_from_this(), wake_up = wake_up_] {
    if (wake_up->posted.exchange(true)) return;
    auto message = [weak, wake_up] {
      wake_up->posted.exchange(false);  // before it looks: what comes from now on says so again
      const std::shared_ptr<Connection> self = weak.lock();
      if (!self) return;
      // A write that is stuck would not come back by itself.
      if (self->serving_ && self->serving_->too_slow()) self->abort();
      self->notify();
    };
    boost::asio::post(server_.loop,
                      boost::asio::bind_allocator(WakeUpAllocator<std::byte>(wake_up), std::move(message)));
  };
  return std::make_shared<ExchangeState>(std::move(setup));
}

void Connection::start_handler(Incoming& incoming, const std::shared_ptr<ExchangeState>& state) {
  const std::shared_ptr<Exchange> exchange = make_exchange(state);
  const Router::Route* route = incoming.match.route;
  if (route->options.at_once) return run_handler(route->handler, exchange);
  const bool taken = server_.pool.submit([exchange, state, route, memory = std::move(incoming.memory)] {
    // Who has closed only the sending half may still read a list or a refusal; handlers give up work for a model.
    if (!state->detached()) run_handler(route->handler, exchange);
  });
  if (!taken) {
    exchange->fail(Error(ErrorCode::kBusy, "the server has too many requests waiting", "try again in a moment"));
  }
}

}  // namespace hearth
