// Base64 (RFC 4648, with padding), encoding; text/base64.h decodes.
#pragma once

#include <string>
#include <string_view>

namespace hearth {

std::string encode_base64(std::string_view bytes);

}  // namespace hearth
