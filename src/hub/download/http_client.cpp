#include "hub/download/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <mutex>
#include <vector>

namespace hearth {
namespace {

constexpr int kMaxRedirects = 10;
constexpr std::size_t kMaxHeaders = 200;
constexpr std::size_t kMaxHeader = 16 << 10;
constexpr const char* kUserAgent = "hearth (+libcurl)";

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool may_retry(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY: return true;
    default: return false;
  }
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

class HeaderList {
 public:
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list_.release());
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, FreeList> list_;
};

}  // namespace

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

/// One request and its answer, without redirects.
struct HttpClient::Exchange {
  HttpResponse response;
  const OnResponse* on_response = nullptr;
  const OnBody* on_body = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  bool announced = false;  ///< on_response was asked
  bool refused = false;    ///< a callback wants no more
  std::exception_ptr thrown;
  std::string problem;
  bool retry = false;
  bool unreached = false;
  bool cancelled = false;

  /// A "HTTP/1.1 206 …" line begins the headers anew (an interim answer, a proxy's).
  void header_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      response.headers.clear();
      const std::size_t space = line.find(' ');
      response.status = space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space)).c_str());
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || response.headers.size() >= kMaxHeaders || line.size() > kMaxHeader) return;
    std::string name(line.substr(0, colon));
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    response.headers[name] = value;
  }

  bool body(std::string_view bytes) {
    if (is_redirect(response.status)) return true;  // its text is nobody's
    if (!announce()) return false;
    if (!(*on_body)(bytes)) refused = true;
    return !refused;
  }
  bool announce() {
    if (!announced) {
      announced = true;
      if (!(*on_response)(response)) refused = true;
    }
    return !refused;
  }

  /// What a callback throws must not cross libcurl.
  template <typename F>
  bool guarded(F&& f) {
    try {
      return f();
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }
};

HttpClient::HttpClient(HttpClientOptions options)
    : options_(options), curl_((initialise_curl(), curl_easy_init()), [](void* curl) { curl_easy_cleanup(curl); }) {
  if (curl_ == nullptr) throw std::bad_alloc();
}

HttpClient::~HttpClient() = default;

void HttpClient::perform(const Url& url, const HttpGet& request, bool with_token, Exchange& exchange) {
  CURL* curl = curl_.get();
  curl_easy_reset(curl);  // keeps connections and the DNS cache
  HeaderList headers;
  headers.add("Accept: */*");
  if (with_token) headers.add("Authorization: Bearer " + request.token);
  if (!request.if_range.empty()) headers.add("If-Range: " + request.if_range);
  std::string range;
  if (request.first) {
    range = fmt::format("{}-{}", *request.first, request.last ? fmt::format("{}", *request.last) : "");
    curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_URL, url.text.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // A company's own authority, by the variable that OpenSSL's tools have for it.
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != '\0') {
    curl_easy_setopt(curl, CURLOPT_CAINFO, file);
  }
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(
      curl, CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* self) -> std::size_t {
        auto& x = *static_cast<Exchange*>(self);
        const bool go_on = x.guarded([&] {
          x.header_line({data, size * count});
          return true;
        });
        return go_on ? size * count : 0;
      });
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(
      curl, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* self) -> std::size_t {
        auto& x = *static_cast<Exchange*>(self);
        return x.guarded([&] { return x.body({data, size * count}); }) ? size * count : 0;
      });
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(
      curl, CURLOPT_XFERINFOFUNCTION, +[](void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> int {
        const auto& x = *static_cast<Exchange*>(self);
        return x.cancel != nullptr && *x.cancel ? 1 : 0;
      });
  const CURLcode code = curl_easy_perform(curl);
  if (exchange.thrown != nullptr) std::rethrow_exception(exchange.thrown);
  if (code == CURLE_OK) {
    if (!is_redirect(exchange.response.status)) exchange.announce();  // an answer without a body
    return;
  }
  exchange.cancelled = code == CURLE_ABORTED_BY_CALLBACK;
  if (exchange.cancelled) exchange.problem = "cancelled";
  if (exchange.refused || exchange.cancelled) return;
  exchange.problem = fmt::format("{}: {}", url.host, curl_easy_strerror(code));
  exchange.retry = may_retry(code);
  long sent = 0;  // bytes of the request, also on a connection that was kept
  exchange.unreached = curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent == 0;
}

HttpOutcome HttpClient::get(const HttpGet& request, const OnResponse& on_response, const OnBody& on_body) {
  HttpOutcome outcome;
  auto url = parse_url(request.url);
  if (!url) {
    outcome.problem = "that is no http or https address";
    return outcome;
  }
  const std::string home = url->origin();
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    Exchange exchange;
    exchange.on_response = &on_response;
    exchange.on_body = &on_body;
    exchange.cancel = options_.cancel;
    exchange.response.url = url->text;
    exchange.response.first_headers = outcome.response.first_headers;
    const bool is_private = url->scheme == "https" || url->is_loopback();
    perform(*url, request, !request.token.empty() && url->origin() == home && is_private, exchange);
    outcome.response = exchange.response;
    if (hop == 0) outcome.response.first_headers = outcome.response.headers;
    outcome.problem = exchange.problem;
    outcome.may_retry = exchange.retry;
    outcome.unreached = exchange.unreached && hop == 0;
    outcome.cancelled = exchange.cancelled;
    if (!outcome.problem.empty() || exchange.announced || !is_redirect(outcome.response.status)) return outcome;
    const auto next = resolve_url(*url, outcome.response.header("location"));
    if (!next || (url->scheme == "https" && next->scheme != "https")) {
      outcome.problem = fmt::format("{}: redirects to what is not fetched", url->host);
      return outcome;
    }
    url = next;
  }
  outcome.problem = fmt::format("{}: more than {} redirects", url->host, kMaxRedirects);
  return outcome;
}

HttpOutcome HttpClient::get_text(const HttpGet& request, std::string& body, std::size_t max_bytes) {
  body.clear();
  bool too_long = false;
  HttpOutcome outcome = get(
      request, [](const HttpResponse&) { return true; },
      [&](std::string_view bytes) {
        too_long = bytes.size() > max_bytes - body.size();
        if (!too_long) body += bytes;
        return !too_long;
      });
  if (too_long) outcome.problem = fmt::format("the answer is longer than {} bytes", max_bytes);
  return outcome;
}

}  // namespace hearth
