// POST /api/pull: fetches a model, and tells how far it is.
#include <fmt/format.h>

#include <utility>

#include "hearth/hub.h"
#include "server/api/model_answer.h"
#include "server/api/ollama/managing_context.h"
#include "server/api/ollama/ollama_api.h"
#include "server/api/ollama/ollama_json.h"
#include "server/api/ollama/pull_lines.h"
#include "server/api/ollama/status_stream.h"
#include "server/api/request_fields.h"

namespace hearth {
namespace {

/// A client that watches a pull.
class StreamWatcher : public PullWatcher {
 public:
  StreamWatcher(std::shared_ptr<Exchange> exchange, bool streams) : stream_(std::move(exchange), streams) {}
  void line(const json::object& line, bool is_progress) override {
    if (is_progress) {
      stream_.progress(line);
    } else {
      stream_.line(line);
    }
  }
  void done(const std::exception_ptr& problem) override {
    if (problem != nullptr) return stream_.fail(to_http_error(problem));
    stream_.succeed();
  }

 private:
  StatusStream stream_;
};

void require_offered(ModelManager& models, const std::string& name) {
  models.refresh();
  try {
    models.resolve(name);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} was fetched, but is not offered here", name),
                "this server offers only the models that it was started with");
  }
}

void fetch(ManagingContext& context, const std::string& name, SharedPull& pull) {
  PullRequest request;
  request.name = name;
  request.cancel = pull.cancelled();
  pull.tell({{"status", "pulling manifest"}}, false);
  const PullPlan plan = plan_pull(request);
  PullLines lines(plan, [&pull](json::object line, bool is_progress) { pull.tell(std::move(line), is_progress); });
  hearth::pull(request, plan, [&lines](const PullProgress& progress) { lines.progress(progress); });
  lines.finish();
  pull.tell({{"status", "verifying sha256 digest"}}, false);
  pull.tell({{"status", "writing manifest"}}, false);
  require_offered(context.context.models, name);
}

void run(ManagingContext& context, const std::string& name, const std::shared_ptr<SharedPull>& pull) {
  std::exception_ptr problem;
  try {
    fetch(context, name, *pull);
  } catch (...) {
    problem = std::current_exception();
  }
  context.pulls.remove(name, pull.get());
  pull->finish(problem);
}

}  // namespace

void ollama_pull(ManagingContext& context, const std::shared_ptr<Exchange>& exchange) {
  const json::object body = parse_body(exchange->request().body);
  const RequestFields fields(body);
  const std::string name = read_model_name(fields);
  fields.boolean("insecure");  // the hub's address is the server's to choose, and so is whether it is trusted
  // A request shall not make this machine open addresses of its choice.
  if (name.find("://") != std::string::npos && !name.starts_with("hf://"))
    throw bad_field("model", "model must be a name or owner/repository; addresses are not fetched by this way");
  const auto watcher = std::make_shared<StreamWatcher>(exchange, fields.boolean("stream").value_or(true));
  const std::shared_ptr<SharedPull> pull =
      context.pulls.join(name, watcher, [&context, name](const std::shared_ptr<SharedPull>& started) {
        context.submit([&context, name, started] { run(context, name, started); });
      });
  exchange->on_gone([pull, watching = std::weak_ptr<PullWatcher>(watcher)] {
    if (const auto one = watching.lock()) pull->leave(one.get());
  });
}

}  // namespace hearth
