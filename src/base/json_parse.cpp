#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/json.h"
#include "base/quote.h"
#include "hearth/error.h"

namespace hearth {
namespace {

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

/// Builds the document from the parser's events. Boost's own builder drops duplicate keys silently, and its doubles
/// (Boost 1.81) are often one unit off in the last place.
class Builder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  explicit Builder(DuplicateKeys duplicates) : refuse_duplicates_(duplicates == DuplicateKeys::kRefuse) {
    stack_.reset();
  }

  json::value release() { return stack_.release(); }
  /// Why the builder stopped the parser; empty where it did not.
  const std::string& problem() const { return problem_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    if (refuse_duplicates_) keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t n, json::error_code&) {
    if (refuse_duplicates_) keys_.pop_back();
    stack_.push_object(n);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    if (refuse_duplicates_) text_ += view(part);
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view rest, std::size_t, json::error_code& code) {
    if (refuse_duplicates_) {
      text_ += view(rest);
      if (!keys_.back().insert(text_).second) {
        return stop(fmt::format("the key {} is there twice", quote(text_)), code);
      }
      text_.clear();
    }
    stack_.push_key(rest);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view rest, std::size_t, json::error_code&) {
    stack_.push_string(rest);
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    text_ += view(part);
    return true;
  }
  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    text_.clear();
    stack_.push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    text_.clear();
    stack_.push_uint64(number);
    return true;
  }
  bool on_double(double approximate, json::string_view rest, json::error_code& code) {
    text_ += view(rest);
    double number = 0;
    const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    // Out of range is either a number too small, which is zero, or one too large for a double.
    if (result.ec == std::errc::result_out_of_range && (approximate > 1 || approximate < -1)) {
      return stop(fmt::format("the number {} is too large", quote(text_)), code);
    }
    text_.clear();
    stack_.push_double(number);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool stop(std::string problem, json::error_code& code) {
    problem_ = std::move(problem);
    code = json::error::exception;  // any code: the problem is what is told
    return false;
  }

  json::value_stack stack_;
  bool refuse_duplicates_;
  std::vector<std::unordered_set<std::string>> keys_;  ///< of each object that is open
  std::string text_;                                   ///< the key or number so far
  std::string problem_;
};

}  // namespace

json::value parse_json(std::string_view text, std::string_view what, int max_depth, DuplicateKeys duplicates) {
  json::parse_options options;
  options.max_depth = static_cast<std::size_t>(max_depth);
  json::basic_parser<Builder> parser(options, duplicates);
  json::error_code code;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), code);
  if (code) {
    const std::string& problem = parser.handler().problem();
    throw Error(ErrorCode::kCorruptData, fmt::format("{}: not valid JSON at byte {}: {}", what, used,
                                                     problem.empty() ? code.message() : problem));
  }
  const std::size_t more = text.find_first_not_of(" \t\r\n", used);
  if (more != std::string_view::npos) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("{}: not valid JSON: the document is over, but there is more at byte {}", what, more));
  }
  return parser.handler().release();
}

}  // namespace hearth
