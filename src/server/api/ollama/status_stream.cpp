#include "server/api/ollama/status_stream.h"

#include "server/api/ollama/ollama_json.h"

namespace hearth {

void StatusStream::line(const json::object& object) {
  if (!streams_) return;
  if (!exchange_->answered()) begin_lines(*exchange_);
  exchange_->write(ollama_line(object));
}

void StatusStream::progress(const json::object& object) {
  constexpr std::size_t kMostBuffered = 16 << 10;
  if (exchange_->buffered() < kMostBuffered) line(object);
}

void StatusStream::succeed() {
  if (!streams_) return exchange_->respond(200, "application/json", R"({"status":"success"})");
  status("success");
  exchange_->end();
}

void StatusStream::fail(const HttpError& error) {
  if (!exchange_->answered()) return exchange_->fail(error);
  exchange_->write(ollama_error(describe(error)) + "\n");
  exchange_->end();
}

}  // namespace hearth
