// Host and Origin headers taken apart, and names compared with patterns of a configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hearth {

/// "localhost:8080", "[::1]", "192.168.1.4": in lower case, without the port, brackets and one dot at the end. Nothing
/// for what no such header may hold: other characters, an empty label, a port that is none.
std::optional<std::string> host_of(std::string_view authority);

/// "localhost", names below it, 127.0.0.0/8 and ::1.
bool is_loopback_name(std::string_view host);

bool is_ip_address(std::string_view host);

/// A name below .localhost (RFC 6761), .local (RFC 6762, mDNS) or .internal (kept for private use by ICANN, 2024): the
/// public DNS has none of them and never will, so nobody can point one here from outside. `host`: of host_of().
bool is_reserved_name(std::string_view host);

/// `pattern` may hold '*' for any characters, anywhere. Case counts.
bool matches_wildcard(std::string_view text, std::string_view pattern);

}  // namespace hearth
