// One call as a model writes it in JSON, to a tool's name and its arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

struct WrittenCall {
  std::string name;
  std::string arguments_json;  ///< an object, as it is written
  bool is_cut = false;         ///< the text ends in the middle of it
};

/// `text` is {"name", "arguments" or "parameters"} (the latter an object, or a string that holds one), or the same in
/// "function". Nothing for what is no JSON, calls none of `tools`, or has arguments that are no object. `bare`: nothing
/// but its form tells that it is a call, so it must have arguments and no other members.
std::optional<WrittenCall> read_call(std::string_view text, const std::vector<std::string>& tools, bool bare);

/// The calls in the beginning of such an object, or of an array of them (`text` begins with '{' or '['): complete ones,
/// and as the last one, where its name is known, one whose arguments end with the text. None where it does not begin
/// with calls of `tools`.
std::vector<WrittenCall> read_cut_calls(std::string_view text, const std::vector<std::string>& tools);

/// Whether `text`, which begins with '{', may be the beginning of a bare call. Once it is not, nothing that follows
/// changes that.
bool may_be_bare_call(std::string_view text, const std::vector<std::string>& tools);

}  // namespace hearth
