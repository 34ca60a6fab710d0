// The one exception type of Hearth. It names the thing that is wrong and, where there is one, what to do about it.
// It is not a log and carries no stack: internal invariants are asserts.
#pragma once

#include <exception>
#include <string>

namespace hearth {

enum class ErrorCode {
  kInvalidArgument,  ///< the caller's request or flag is wrong
  kNotFound,         ///< a file, model or name does not exist
  kUnsupported,      ///< well-formed, but Hearth cannot do it
  kCorruptData,      ///< a file breaks its own format
  kIo,               ///< the operating system refused a read or a write
  kOutOfMemory,      ///< it does not fit
  kContextLimit,     ///< prompt + answer exceed the context
  kCancelled,        ///< the caller stopped it
  kBusy,             ///< too much waits already: try again later
  kTimeout,          ///< it was not done within the time it had
  kInternal          ///< a bug in Hearth
};

/// The name of a code as users and logs see it, e.g. "context_limit".
const char* error_code_name(ErrorCode code);

/// `message` names the thing ("model.gguf: general.alignment is 3; it must be a power of two"); `hint` says what to do
/// ("download the file again") and may be empty. `what()` is the message alone.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {});
  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const std::string& hint() const noexcept { return hint_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
};

}  // namespace hearth
