// A running server, asked over HTTP: Hearth's, or any that speaks Ollama's API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hearth/error.h"

namespace hearth {

/// Where the server is: HEARTH_HOST, OLLAMA_HOST (an address with or without scheme and port; "0.0.0.0" is this
/// machine), else the settings serve.host and serve.port. Errors: kInvalidArgument for what is no address.
std::string server_address();

struct RunningModel {
  std::string name;
  std::uint64_t bytes = 0;
  std::string parameter_size, quantization;  ///< may be empty
  std::int64_t context = 0;                  ///< tokens; 0: not told
  std::string expires_at;                    ///< RFC 3339, as the server writes it; may be empty
  std::optional<std::int64_t> expires_in;    ///< seconds from now; empty: not told
};

/// Speaks with the server at `address` ("http://127.0.0.1:11434"), with HEARTH_API_KEY where that is set. Errors of
/// all: kIo where no server answers or it answers nonsense; what the server refuses, with its own words.
class ServerClient {
 public:
  explicit ServerClient(std::string address = server_address());

  const std::string& address() const { return address_; }
  /// What is loaded. Errors: see above.
  std::vector<RunningModel> running() const;
  /// The model goes when it is idle. Asks by Hearth's own route, for which a key needs the scope "manage" only, and
  /// servers that lack it as Ollama's clients do. Errors: also kNotFound for a name that the server does not know.
  void stop_model(const std::string& name) const;

 private:
  struct Answer {
    long status = 0;
    std::string body;
  };
  Answer ask(const std::string& path, const std::string* body) const;
  Answer ask_successfully(const std::string& path, const std::string* body) const;
  Answer successful(Answer answer) const;  ///< Errors: what it says unless its status is 200

  std::string address_;
};

}  // namespace hearth
