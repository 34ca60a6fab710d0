#include "server/api/model_answer.h"

#include <utility>

namespace hearth {

void with_model(ApiContext& context, const std::shared_ptr<Exchange>& exchange, const std::string& name,
                const AcquireOptions& options, std::function<void(Lease)> then) {
  exchange->note("model", name);
  // The client may go while the model is being loaded: then nobody waits for it any more. Registered first, for whoever
  // goes on registers another one.
  const auto wait = std::make_shared<ModelWait>();
  exchange->on_gone([wait] { wait->leave(); });
  acquire_model(
      context, name, options, *wait,
      [exchange, then = std::move(then)](Lease lease) {
        if (!exchange->gone()) then(std::move(lease));
      },
      [exchange](const HttpError& error) { exchange->fail(error); });
}

void ModelAnswer::run(const std::string& model, std::optional<KeepAlive> keep_alive) {
  exchange_->note("model", model);
  exchange_->on_gone([self = weak_from_this()] {
    if (const auto work = self.lock()) static_cast<ModelAnswer&>(*work).abandon();
  });
  ModelWork::run(model, keep_alive);
}

void ModelAnswer::on_failure(const HttpError& error) {
  if (exchange_->answered()) {
    exchange_->note_problem(error);
    on_stream_error(error);
    exchange_->end();
  } else {
    exchange_->fail(error);
  }
}

}  // namespace hearth
