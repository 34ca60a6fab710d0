// One request and the way to answer it, once: whole or as a stream. Every method may be called from any thread, also
// from a model's; none waits for the network. It knows HTTP but no API: see error_answer.h for bodies of errors.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hearth/error.h"
#include "server/http/http_request.h"

namespace hearth {

/// Who lets go of the last reference without an answer has the server answer 500; without the end of a stream it is
/// cut, so that the client sees that something is missing.
class Exchange {
 public:
  Exchange() = default;
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Handlers may move parts of it away; not to be changed by two threads at once.
  virtual HttpRequest& request() = 0;

  /// The whole answer. Ignored when there was one already.
  virtual void respond(int status, std::string_view content_type, std::string body,
                       const std::vector<HttpHeader>& extra = {}) = 0;

  /// The head of an answer whose length is not known. Ignored when there was an answer already.
  virtual void begin_stream(int status, std::string_view content_type, const std::vector<HttpHeader>& extra = {}) = 0;
  /// More of the stream, sent at once. False: the client is gone, or the stream was never begun or has ended.
  virtual bool write(std::string bytes) = 0;
  /// The stream is complete. Idempotent.
  virtual void end() = 0;

  /// Answers with the error in the route's dialect; where a stream has begun it is cut. Ignored after the end.
  virtual void fail(const Error& error) = 0;
  virtual bool answered() const = 0;  ///< respond(), begin_stream() or fail() was called

  /// Called once, on the network's thread, when the client has disconnected or reads too slowly before the answer was
  /// complete; at once, on this thread, when that has happened already. It must be quick and not throw. The last one
  /// registered counts. It is dropped, with what it holds, when the answer is complete.
  virtual void on_gone(std::function<void()> callback) = 0;
  virtual bool gone() const = 0;
  /// Bytes that the network has not taken yet.
  virtual std::size_t buffered() const = 0;

  /// Adds a field to the request's line in the log ("model"). Never for texts of users or secrets.
  virtual void note(std::string_view field, std::string_view value) = 0;
  /// What made a stream end early that had begun well; fail() notes its error by itself. The last one counts.
  virtual void note_problem(const Error& error) = 0;
};

}  // namespace hearth
