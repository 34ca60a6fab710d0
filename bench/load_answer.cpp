#include "load_answer.h"

#include <boost/json.hpp>
#include <utility>

namespace hearth::load {
namespace {

namespace json = boost::json;

double seconds_between(Answer::Clock::time_point from, Answer::Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::int64_t number_at(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool has_text(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() && !value->get_string().empty();
}

/// Whether a chunk of a stream carries some of the answer, in the forms of completions and of chats.
bool carries_text(const json::object& chunk) {
  const json::value* choices = chunk.if_contains("choices");
  if (choices == nullptr || !choices->is_array()) return false;
  for (const json::value& choice : choices->get_array()) {
    if (!choice.is_object()) continue;
    if (has_text(choice.get_object(), "text")) return true;
    const json::value* delta = choice.get_object().if_contains("delta");
    if (delta == nullptr || !delta->is_object()) continue;
    if (has_text(delta->get_object(), "content") || has_text(delta->get_object(), "reasoning_content")) return true;
  }
  return false;
}

}  // namespace

void Answer::take(std::string_view bytes) {
  input_ += bytes;
  if (!stream_) return;
  std::size_t at = 0;
  for (std::size_t end; (end = input_.find('\n', at)) != std::string::npos; at = end + 1)
    take_line(std::string_view(input_).substr(at, end - at));
  input_.erase(0, at);
}

void Answer::take_line(std::string_view line) {
  constexpr std::string_view kData = "data: ";
  if (line.substr(0, kData.size()) != kData) return;
  line.remove_prefix(kData.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line == "[DONE]") {
    done_ = true;
  } else {
    take_object(line);
  }
}

void Answer::take_object(std::string_view text) {
  boost::system::error_code problem;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), problem);
  if (problem || !value.is_object()) {
    measured_.problem = "an answer that is no JSON object";
    return;
  }
  const json::object& object = value.get_object();
  if (object.contains("error")) measured_.problem = "an error in the stream";
  if (const json::value* usage = object.if_contains("usage"); usage != nullptr && usage->is_object()) {
    measured_.prompt_tokens = number_at(usage->get_object(), "prompt_tokens");
    measured_.generated_tokens = number_at(usage->get_object(), "completion_tokens");
    const json::value* details = usage->get_object().if_contains("prompt_tokens_details");
    if (details != nullptr && details->is_object())
      measured_.cached_tokens = number_at(details->get_object(), "cached_tokens");
  }
  if (!stream_ || !carries_text(object)) return;
  const auto now = Clock::now();
  if (measured_.first_token == 0) {
    measured_.first_token = seconds_between(begun_, now);
  } else {
    measured_.gaps.push_back(seconds_between(last_piece_, now));
  }
  last_piece_ = now;
}

Measured Answer::finish(long status, std::string problem) {
  measured_.total = seconds_between(begun_, Clock::now());
  if (!problem.empty()) {
    measured_.problem = std::move(problem);
  } else if (status != 200) {
    measured_.problem = "HTTP " + std::to_string(status);
  } else if (!stream_) {
    take_object(input_);
  } else if (!done_ && measured_.problem.empty()) {
    measured_.problem = "a stream without an end";
  }
  if (measured_.first_token == 0) measured_.first_token = measured_.total;
  measured_.ok = measured_.problem.empty();
  return std::move(measured_);
}

}  // namespace hearth::load
