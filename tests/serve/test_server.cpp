#include "serve/test_server.h"

#include <cstdlib>
#include <stdexcept>

#include "support/tiny_model.h"

namespace hearth::testing {
namespace {

constexpr const char* kTemplate =
    "{% for m in messages %}{{ m.role }}:{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}a{% endif %}";

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "hearth-serve-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a test");
  return name;
}

}  // namespace

TestServer::TestServer(ServeOptions options) : folder_(new_folder()) {
  // Nothing of the person who runs the tests is read or written.
  setenv("HOME", folder_.c_str(), 1);
  for (const char* name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HF_HOME"}) unsetenv(name);
  const std::filesystem::path models = folder_ / "models";
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

TestServer::~TestServer() {
  server_->stop(std::chrono::milliseconds(0));
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace hearth::testing
