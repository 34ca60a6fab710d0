// Short requests of every kind, over and over, each with the answer that it must get.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "server/http/testing/raw_client.h"

namespace hearth::testing {

/// One client with a connection of its own. Not thread-safe.
class SoakClient {
 public:
  SoakClient(std::uint16_t port, std::uint64_t seed) : port_(port), random_(seed) {}
  /// The next request. Errors: std::runtime_error saying what was not as it should be.
  void step();

 private:
  RawClient& connection();
  std::string prompt();
  RawResponse ask(const std::string& method, const std::string& path, const std::string& body = {});
  void expect(const std::string& method, const std::string& path, const std::string& body, int status,
              const std::string& part);
  void leave_in_the_middle();

  std::uint16_t port_;
  std::mt19937_64 random_;
  std::unique_ptr<RawClient> connection_;
};

}  // namespace hearth::testing
