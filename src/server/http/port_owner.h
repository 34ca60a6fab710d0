// Which process listens on a TCP port, for the message that says it is taken.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hearth {

/// "ollama (process 812)"; empty where that cannot be seen, as with processes of other users. `proc`: for tests.
std::string port_owner(std::uint16_t port, const std::filesystem::path& proc = "/proc");

}  // namespace hearth
