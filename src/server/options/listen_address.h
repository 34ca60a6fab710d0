// An address to listen on, or of a server, as HEARTH_HOST has it: "127.0.0.1", "host:8080", "[::1]:8080",
// "http://host:8080".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hearth {

struct ListenAddress {
  std::string host;  ///< without brackets
  std::optional<std::uint16_t> port;
};

/// Empty for what is none. What follows a '/' behind the port is ignored.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace hearth
