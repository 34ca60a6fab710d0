#include "serve/test_server.h"

#include <chrono>
#include <utility>

#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

constexpr const char* kTemplate =
    "{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}a{% endif %}";

}  // namespace

TestServer::TestServer(ServeOptions options) {
  environment_.use_home(folder());  // nothing of the person who runs the tests is read or written
  const std::filesystem::path models = folder() / "models";
  std::filesystem::create_directories(models);
  make_tiny_llama(models / "tiny.gguf");
  make_tiny_llama(models / "chat.gguf", 2, {.context = 4096, .name = "Chat", .chat_template = kTemplate});
  make_tiny_bert(models / "bert.gguf");
  options.models_dir = models.string();
  options.port = 0;
  options.log_level = "off";
  options.model.threads = 1;
  server_ = std::make_unique<Server>(std::move(options));
  server_->start();
  client_ = std::make_unique<HttpClient>(server_->port());
}

TestServer::~TestServer() { server_->stop(std::chrono::milliseconds(0)); }

}  // namespace hearth::testing
