// What GGUF files' tensor types are called, those that Hearth cannot read included: for messages.
#pragma once

#include <cstdint>
#include <string>

namespace hearth {

/// "12 (Q4_K)"; a number that means nothing stays alone.
std::string ggml_type_name(std::uint32_t type);

/// The names of the types that Hearth reads: "F32, F16, …".
std::string supported_ggml_types();

}  // namespace hearth
