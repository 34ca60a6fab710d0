// One request that a model answers, for the client of an exchange: when the client goes, so does the work. It knows no
// JSON.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/api/model_work.h"
#include "server/http/exchange.h"

namespace hearth {

/// Gets the model `name` and calls `then` on a handler thread; failures answer the exchange. `then` may throw.
void with_model(ApiContext& context, const std::shared_ptr<Exchange>& exchange, const std::string& name,
                const AcquireOptions& options, std::function<void(Lease)> then);

class ModelAnswer : public ModelWork {
 public:
  ModelAnswer(ApiContext& context, std::shared_ptr<Exchange> exchange)
      : ModelWork(context), exchange_(std::move(exchange)) {}

  /// Begins; returns at once. `keep_alive` as the manager takes it.
  void run(const std::string& model, std::optional<KeepAlive> keep_alive = std::nullopt);

 protected:
  /// Something failed behind the begin of a stream: say so in it. The stream is ended then.
  virtual void on_stream_error(const HttpError& /*error*/) {}

  Exchange& exchange() { return *exchange_; }

 private:
  void on_failure(const HttpError& error) final;

  std::shared_ptr<Exchange> exchange_;
};

}  // namespace hearth
