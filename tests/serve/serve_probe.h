// What tests of the whole server ask it again and again: what runs, and requests that take long enough to be disturbed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "base/json.h"
#include "support/http_client.h"

namespace hearth::testing {

/// Until `condition()` holds; false when it does not within a minute, which is long enough for sanitizers.
template <typename Condition>
bool comes_true(const Condition& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A number that /hearth/status has of a model's newest version; -1 where it is not loaded.
inline std::int64_t status_of(const HttpClient& client, std::string_view model, std::string_view key) {
  const json::value status = client.get("/hearth/status").json();
  for (const json::value& each : status.at("models").as_array()) {
    if (each.at("model").as_string() == model && each.at("current").as_bool())
      return each.at(key).to_number<std::int64_t>();
  }
  return -1;
}
inline std::int64_t running(const HttpClient& client, std::string_view model) {
  return status_of(client, model, "running");
}

/// The body of a stream of /v1/completions that does not end by itself.
inline std::string endless(std::string_view model, std::int64_t max_tokens, const std::string& prompt = "a",
                           std::int64_t n = 1) {
  return json::serialize(json::object{{"model", model},
                                      {"prompt", prompt},
                                      {"max_tokens", max_tokens},
                                      {"n", n},
                                      {"temperature", 0},
                                      {"ignore_eos", true},
                                      {"stream", true}});
}

}  // namespace hearth::testing
