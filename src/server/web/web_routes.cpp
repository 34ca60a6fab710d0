#include "server/web/web_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>
#include <vector>

#include "base/quote.h"

namespace hearth {
namespace {

using ExchangePtr = std::shared_ptr<Exchange>;

/// Parts of a list between commas, without the spaces around them.
template <typename Visit>
void each_part(std::string_view list, char separator, const Visit& visit) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    std::string_view part = list.substr(0, end);
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!part.empty() && is_space(part.front())) part.remove_prefix(1);
    while (!part.empty() && is_space(part.back())) part.remove_suffix(1);
    if (!part.empty()) visit(part);
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

/// "br;q=0" takes it not. What is no number counts as taken.
bool has_zero_weight(std::string_view part) {
  bool zero = false;
  each_part(part, ';', [&](std::string_view parameter) {
    if (!parameter.starts_with("q=")) return;
    const std::string_view value = parameter.substr(2);
    double weight = 1;
    if (std::from_chars(value.data(), value.data() + value.size(), weight).ec == std::errc()) zero = weight <= 0;
  });
  return zero;
}

bool takes(std::string_view accept_encoding, std::string_view coding) {
  bool named = false, named_taken = false, any_taken = false;
  each_part(accept_encoding, ',', [&](std::string_view part) {
    std::string_view name = part.substr(0, part.find(';'));
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (name == coding) {
      named = true;
      named_taken = !has_zero_weight(part);
    } else if (name == "*") {
      any_taken = !has_zero_weight(part);
    }
  });
  return named ? named_taken : any_taken;
}

/// If-None-Match compares weakly (RFC 9110, 13.1.2).
bool knows(const std::string* if_none_match, std::string_view etag) {
  if (if_none_match == nullptr) return false;
  bool found = false;
  each_part(*if_none_match, ',', [&](std::string_view part) {
    if (part.starts_with("W/")) part.remove_prefix(2);
    found = found || part == "*" || part == etag;
  });
  return found;
}

bool wants_page(const HttpRequest& request) {
  const std::string* accept = request.header("Accept");
  return accept != nullptr && accept->find("text/html") != std::string::npos;
}

void send_file(Exchange& exchange, const WebFile& file) {
  std::vector<HttpHeader> fields = {
      {"ETag", std::string(file.etag)},
      {"Cache-Control", file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Vary", file.path == "/index.html" ? "Accept, Accept-Encoding" : "Accept-Encoding"},
      {"Content-Security-Policy", std::string(kPagePolicy)},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"X-Frame-Options", "DENY"},
  };
  if (knows(exchange.request().header("If-None-Match"), file.etag)) return exchange.respond(304, file.type, "", fields);
  const std::string_view coding = coding_for(exchange.request().header("Accept-Encoding"), file);
  if (!coding.empty()) fields.push_back({"Content-Encoding", std::string(coding)});
  const std::string_view bytes = coding == "br" ? file.brotli : coding == "gzip" ? file.gzip : file.plain;
  exchange.respond(200, file.type, std::string(bytes), fields);
}

const WebFile* find_file(std::span<const WebFile> files, std::string_view path) {
  const auto at = std::lower_bound(files.begin(), files.end(), path,
                                   [](const WebFile& file, std::string_view name) { return file.path < name; });
  return at != files.end() && at->path == path ? &*at : nullptr;
}

std::string how_to_get_it(std::string_view missing) {
  return fmt::format(
      "Hearth is running, but its page is not built into this program: {}.\n\n"
      "To get it: install Node 18 or newer with npm (Debian: apt install nodejs npm), then run: make\n"
      "Until then: hearth chat talks in the terminal, and /openapi.json describes the API.\n",
      missing);
}

}  // namespace

std::string_view coding_for(const std::string* accept_encoding, const WebFile& file) {
  if (accept_encoding == nullptr) return {};
  if (!file.brotli.empty() && takes(*accept_encoding, "br")) return "br";
  if (!file.gzip.empty() && takes(*accept_encoding, "gzip")) return "gzip";
  return {};
}

void add_web_routes(Router& router, std::span<const WebFile> files, std::string_view missing) {
  const auto page = [files, missing](const ExchangePtr& exchange) {
    if (const WebFile* file = find_file(files, "/index.html")) return send_file(*exchange, *file);
    exchange->respond(200, "text/plain; charset=utf-8", how_to_get_it(missing), {{"Cache-Control", "no-cache"}});
  };
  const auto file = [files](const ExchangePtr& exchange) {
    const std::string& path = exchange->request().path;
    if (const WebFile* found = find_file(files, path)) return send_file(*exchange, *found);
    throw Error(ErrorCode::kNotFound, "there is no " + quote(path, 200) + " here");
  };
  router.add("GET", "/", Scope::kPublic, [page](const ExchangePtr& exchange) {
    if (wants_page(exchange->request())) return page(exchange);
    // What clients of Ollama look for, to see whether somebody listens.
    exchange->respond(200, "text/plain; charset=utf-8", "Ollama is running", {{"Vary", "Accept"}});
  });
  router.add("GET", "/chat", Scope::kPublic, page);
  for (const char* pattern : {"/assets/{name}", "/icons/{name}", "/manifest.webmanifest", "/sw.js"})
    router.add("GET", pattern, Scope::kPublic, file);
}

}  // namespace hearth
