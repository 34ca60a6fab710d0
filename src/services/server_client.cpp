#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <mutex>

#include "base/json.h"
#include "base/quote.h"
#include "hearth/client.h"
#include "hearth/system.h"
#include "hub/download/url.h"
#include "services/server_time.h"

namespace hearth {
namespace {

constexpr std::size_t kMaxAnswer = 16 << 20;
constexpr long kConnectSeconds = 5;
constexpr long kAnswerSeconds = 60;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string setting(const std::string& name) {
  const auto found = find_setting(settings(), name);
  return found ? found->value : "";
}

/// Where everybody is listened to, this machine is.
std::string reachable(std::string host) {
  if (host == "0.0.0.0" || host.empty()) return "127.0.0.1";
  if (host == "::" || host == "[::]") return "[::1]";
  const bool is_bare_v6 = std::count(host.begin(), host.end(), ':') > 1 && !host.starts_with('[');
  return is_bare_v6 ? "[" + host + "]" : host;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* target) {
  auto* body = static_cast<std::string*>(target);
  if (body->size() + size * count > kMaxAnswer) return 0;
  body->append(bytes, size * count);
  return size * count;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// The server's own words: OpenAI's {"error": {"message"}} or Ollama's {"error": "…"}.
std::string problem_of(const std::string& body) {
  try {
    const json::value parsed = parse_json(body, "the answer");
    const JsonObject object(parsed, "the answer");
    const json::value* error = object.find("error");
    if (error == nullptr) return "";
    if (error->is_string()) return object.string("error").value_or("");
    return JsonObject(*error, "the error").string("message").value_or("");
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

std::string server_address() {
  for (const char* name : {"HEARTH_HOST", "OLLAMA_HOST"}) {
    const std::string text = variable(name);
    if (text.empty()) continue;
    const bool has_scheme = text.find("://") != std::string::npos;
    std::string rest = has_scheme ? text.substr(text.find("://") + 3) : text;
    const std::string scheme = has_scheme ? text.substr(0, text.find("://")) : "http";
    rest = rest.substr(0, rest.find_first_of("/,"));
    const bool has_brackets = rest.starts_with('[');
    const std::size_t colon = has_brackets ? rest.find("]:") : rest.rfind(':');
    const bool has_port =
        colon != std::string::npos && (has_brackets || std::count(rest.begin(), rest.end(), ':') == 1);
    const std::size_t end = has_brackets ? colon + 1 : colon;
    const std::string host = has_port ? rest.substr(0, end) : rest;
    std::string port = has_port ? rest.substr(end + 1) : "";
    if (port.empty()) port = has_scheme ? (scheme == "https" ? "443" : "80") : setting("serve.port");
    const auto url = parse_url(fmt::format("{}://{}:{}", scheme, reachable(host), port));
    if (!url) {
      throw Error(ErrorCode::kInvalidArgument, fmt::format("{} is {}; it must be an address", name, quote(text)),
                  "as in 127.0.0.1:11434 or https://models.example.org");
    }
    return fmt::format("{}://{}:{}", scheme, reachable(host), port);
  }
  const std::string hosts = setting("serve.host");
  const std::string tls = setting("serve.tls_cert");
  return fmt::format("{}://{}:{}", tls.empty() ? "http" : "https",
                     reachable(hosts.substr(0, hosts.find_first_of(", "))), setting("serve.port"));
}

ServerClient::ServerClient(std::string address) : address_(std::move(address)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

ServerClient::Answer ServerClient::ask(const std::string& path, const std::string* body) const {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) throw std::bad_alloc();
  Answer answer;
  const std::string url = address_ + path;
  std::unique_ptr<curl_slist, FreeList> headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  if (const std::string key = variable("HEARTH_API_KEY"); !key.empty()) {
    curl_slist* longer = curl_slist_append(headers.get(), ("Authorization: Bearer " + key).c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers.release());
    headers.reset(longer);
  }
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kAnswerSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  const auto parsed = parse_url(address_);
  if (parsed && parsed->is_loopback()) curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  if (body != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
    throw Error(ErrorCode::kIo, fmt::format("no server answers at {}", address_),
                "'hearth serve' starts one; HEARTH_HOST says where another one is");
  }
  if (code != CURLE_OK) {
    throw Error(ErrorCode::kIo, fmt::format("{}: {}", address_, curl_easy_strerror(code)));
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

ServerClient::Answer ServerClient::ask_successfully(const std::string& path, const std::string* body) const {
  return successful(ask(path, body));
}

ServerClient::Answer ServerClient::successful(Answer answer) const {
  if (answer.status == 200) return answer;
  std::string problem = problem_of(answer.body);
  if (problem.empty()) problem = fmt::format("{} answered with status {}", address_, answer.status);
  if (answer.status == 401 || answer.status == 403) {
    throw Error(ErrorCode::kInvalidArgument, std::move(problem), "HEARTH_API_KEY holds the key to send");
  }
  throw Error(answer.status == 404 ? ErrorCode::kNotFound : ErrorCode::kIo, std::move(problem));
}

std::vector<RunningModel> ServerClient::running() const {
  const Answer answer = ask_successfully("/api/ps", nullptr);
  const std::string what = address_ + "/api/ps";
  std::vector<RunningModel> models;
  try {
    const json::value parsed = parse_json(answer.body, what);
    const JsonObject object(parsed, what);
    const json::array* array = object.array("models");
    if (array == nullptr) object.fail("models", "is missing");
    for (const json::value& one : *array) {
      const JsonObject entry(one, what);
      RunningModel model;
      model.name = entry.require_string("name");
      model.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, entry.integer("size").value_or(0)));
      model.context = entry.integer("context_length").value_or(0);
      model.expires_at = entry.string("expires_at").value_or("");
      if (const auto time = parse_rfc3339(model.expires_at)) model.expires_in = *time - std::time(nullptr);
      if (const auto details = entry.object("details")) {
        model.parameter_size = details->string("parameter_size").value_or("");
        model.quantization = details->string("quantization_level").value_or("");
      }
      models.push_back(std::move(model));
    }
  } catch (const Error& error) {
    throw Error(ErrorCode::kIo,
                fmt::format("what answers at {} is no server of models: {}", address_, error.message()));
  }
  return models;
}

void ServerClient::stop_model(const std::string& name) const {
  const std::string model = json::serialize(json::object{{"model", name}});
  Answer answer = ask("/hearth/models/unload", &model);
  // Hearth says in JSON that it has no such model; another server has no such route.
  if (answer.status == 405 || (answer.status == 404 && problem_of(answer.body).empty())) {
    const std::string empty = json::serialize(json::object{{"model", name}, {"keep_alive", 0}, {"stream", false}});
    answer = ask("/api/generate", &empty);
  }
  (void)successful(std::move(answer));
}

}  // namespace hearth
