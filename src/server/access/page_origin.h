// What an Origin header says: where the page comes from that calls. Whether it may call is not decided here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

struct PageOrigin {
  std::string scheme;     ///< in lower case
  std::string authority;  ///< "name", "name:8080", "[::1]:80"; empty in "file://"
};

/// "https://name:8080", "tauri://localhost", "file://", as RFC 6454 section 6.2 serialises them. Nothing for "null",
/// and for what has a path, a user, a list or other characters in it.
std::optional<PageOrigin> parse_origin(std::string_view text);

/// The page of a program on this machine: app://, tauri://, vscode-webview:// or file://. A site cannot have them: a
/// browser gives these schemes to nothing that came over the network, and what stands behind them says nothing more.
bool is_program_origin(const PageOrigin& origin);

}  // namespace hearth
