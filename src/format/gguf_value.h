// A value of GGUF metadata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hearth {

/// The numbers as they stand in the file.
enum class GgufType : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64
};
inline constexpr std::uint32_t kGgufTypeCount = static_cast<std::uint32_t>(GgufType::kF64) + 1;

/// Elements of one type. Numbers stay in the file (`raw`, unaligned, little-endian); strings are views of it.
struct GgufArray {
  GgufType type = GgufType::kU8;
  std::uint64_t count = 0;
  std::span<const std::byte> raw;         ///< numbers and bools
  std::vector<std::string_view> strings;  ///< kString
  std::vector<GgufArray> arrays;          ///< kArray (nesting is limited)
};

struct GgufValue {
  GgufType type = GgufType::kU8;
  /// Unsigned, signed, floating point, bool, string or array, as `type` says.
  std::variant<std::uint64_t, std::int64_t, double, bool, std::string_view, GgufArray> value;
};

/// "U8" … "F64", "BOOL", "STRING", "ARRAY".
std::string_view gguf_type_name(GgufType type);
/// Bytes of a number or bool; 0 for strings and arrays.
std::size_t gguf_type_bytes(GgufType type);
bool is_unsigned(GgufType type);
bool is_signed(GgufType type);
/// For messages: "the string 'x'", "5", "an array of 3 STRING".
std::string describe(const GgufValue& value);

/// The number of `type` at `bytes` (gguf_type_bytes of them); the type must be a number or bool. Bools are checked by
/// the parser.
GgufValue decode_gguf_number(GgufType type, const std::byte* bytes);

}  // namespace hearth
