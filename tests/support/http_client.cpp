#include "support/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace hearth::testing {
namespace {

std::size_t take_body(char* data, std::size_t size, std::size_t n, void* to) {
  static_cast<HttpAnswer*>(to)->body.append(data, size * n);
  return size * n;
}

std::size_t take_header(char* data, std::size_t size, std::size_t n, void* to) {
  const std::string_view line(data, size * n);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size * n;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  static_cast<HttpAnswer*>(to)->headers.emplace_back(std::move(name), std::string(value));
  return size * n;
}

}  // namespace

std::string HttpAnswer::header(const std::string& name) const {
  for (const auto& [known, value] : headers) {
    if (known == name) return value;
  }
  return {};
}

json::value HttpAnswer::json() const { return parse_json(body, "the answer"); }

HttpAnswer HttpClient::get(const std::string& path, const Headers& headers) const {
  return send("GET", path, nullptr, headers);
}

HttpAnswer HttpClient::post(const std::string& path, const std::string& body, const Headers& headers) const {
  return send("POST", path, &body, headers);
}

HttpAnswer HttpClient::post(const std::string& path, const json::value& body, const Headers& headers) const {
  return post(path, json::serialize(body), headers);
}

HttpAnswer HttpClient::send(const std::string& method, const std::string& path, const std::string* body,
                            const Headers& headers) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  for (const std::string& header : headers) list = curl_slist_append(list, header.c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> owner(list, curl_slist_free_all);
  HttpAnswer answer;
  constexpr long kPatience = 60;  // seconds; only where something hangs
  curl_easy_setopt(curl.get(), CURLOPT_URL, (base_ + path).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  if (method == "HEAD") curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kPatience);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  if (body != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
  curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

std::vector<json::value> events_of(const std::string& body, bool* done) {
  std::vector<json::value> events;
  if (done != nullptr) *done = false;
  std::size_t at = 0;
  while (at < body.size()) {
    std::size_t end = body.find('\n', at);
    if (end == std::string::npos) end = body.size();
    const std::string_view line(body.data() + at, end - at);
    at = end + 1;
    if (line.rfind("data: ", 0) != 0) continue;
    const std::string_view data = line.substr(6);
    if (done != nullptr) *done = data == "[DONE]";
    if (data != "[DONE]") events.push_back(parse_json(data, "an event"));
  }
  return events;
}

std::vector<json::value> lines_of(const std::string& body) {
  std::vector<json::value> lines;
  std::size_t at = 0;
  while (at < body.size()) {
    std::size_t end = body.find('\n', at);
    if (end == std::string::npos) end = body.size();
    if (end > at) lines.push_back(parse_json(std::string_view(body.data() + at, end - at), "a line"));
    at = end + 1;
  }
  return lines;
}

}  // namespace hearth::testing
