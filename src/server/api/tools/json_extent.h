// Where a JSON object or array ends, found byte by byte while it is still being written. It minds brackets and strings
// alone; whether the text is JSON, a parser says.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

class JsonExtent {
 public:
  enum class State { kOpen, kEnd, kWrong };

  /// The first byte must be '{' or '['. kEnd: this byte closes it; kWrong: no JSON begins like that, or it nests more
  /// than 128 deep.
  State push(char c);

 private:
  std::string open_;  ///< the closing brackets that are awaited
  bool in_string_ = false, escaped_ = false;
};

struct JsonMember {
  std::string_view key;  ///< as it stands between the quotes
  std::string_view value;
};

/// The members of an object, which must be valid JSON, as they are written: numbers keep all their digits.
std::vector<JsonMember> written_members(std::string_view object);
/// The items of an array, likewise.
std::vector<std::string_view> written_items(std::string_view array);

}  // namespace hearth
