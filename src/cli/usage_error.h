// The command line was wrong: exit status 2. An Error of the library is something else.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace hearth::cli {

class UsageError : public std::exception {
 public:
  UsageError(std::string message, std::string hint) : message_(std::move(message)), hint_(std::move(hint)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& hint() const noexcept { return hint_; }

 private:
  std::string message_;
  std::string hint_;
};

}  // namespace hearth::cli
