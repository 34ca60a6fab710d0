// A server with tiny models in a folder of its own, for as long as a test needs it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hearth/server.h"
#include "support/environment.h"
#include "support/http_client.h"
#include "support/temporary_folder.h"

namespace hearth::testing {

/// Offers "tiny" (continues the alphabet, no chat template), "chat" (the same with one) and "bert" (embeds).
class TestServer {
 public:
  explicit TestServer(ServeOptions options = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  const HttpClient& client() const { return *client_; }
  Server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  Environment environment_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HttpClient> client_;
};

}  // namespace hearth::testing
