// The progress of something long, told to a client as lines with "status"; or, where it wants no stream, only how it
// ended.
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "server/http/error_answer.h"
#include "server/http/exchange.h"

namespace hearth {

/// One thread at a time.
class StatusStream {
 public:
  StatusStream(std::shared_ptr<Exchange> exchange, bool streams) : exchange_(std::move(exchange)), streams_(streams) {}

  void status(const std::string& text) { line({{"status", text}}); }
  void line(const json::object& object);
  /// A line that tells how far it is; left out where the client does not read as fast as they come.
  void progress(const json::object& object);
  /// The last line: "success".
  void succeed();
  /// The last line, or the whole answer, says what was wrong.
  void fail(const HttpError& error);
  bool gone() const { return exchange_->gone(); }

 private:
  std::shared_ptr<Exchange> exchange_;
  const bool streams_;
};

}  // namespace hearth
