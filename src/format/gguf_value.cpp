#include "format/gguf_value.h"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <cstring>

#include "base/quote.h"

namespace hearth {
namespace {

struct TypeInfo {
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<TypeInfo, kGgufTypeCount> kInfo = {{{"U8", 1},
                                                         {"I8", 1},
                                                         {"U16", 2},
                                                         {"I16", 2},
                                                         {"U32", 4},
                                                         {"I32", 4},
                                                         {"F32", 4},
                                                         {"BOOL", 1},
                                                         {"STRING", 0},
                                                         {"ARRAY", 0},
                                                         {"U64", 8},
                                                         {"I64", 8},
                                                         {"F64", 8}}};

template <typename Number>
Number load(const std::byte* bytes) {
  Number value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

std::string_view gguf_type_name(GgufType type) { return kInfo[static_cast<std::size_t>(type)].name; }
std::size_t gguf_type_bytes(GgufType type) { return kInfo[static_cast<std::size_t>(type)].bytes; }

bool is_unsigned(GgufType type) {
  return type == GgufType::kU8 || type == GgufType::kU16 || type == GgufType::kU32 || type == GgufType::kU64;
}

bool is_signed(GgufType type) {
  return type == GgufType::kI8 || type == GgufType::kI16 || type == GgufType::kI32 || type == GgufType::kI64;
}

std::string describe(const GgufValue& value) {
  struct Describe {
    std::string operator()(std::uint64_t number) const { return fmt::format("{}", number); }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{:#}", number); }  // 1.0, not 1
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::string_view text) const { return "the string " + quote(text); }
    std::string operator()(const GgufArray& array) const {
      return fmt::format("an array of {} {}", array.count, gguf_type_name(array.type));
    }
  };
  return std::visit(Describe{}, value.value);
}

GgufValue decode_gguf_number(GgufType type, const std::byte* bytes) {
  const auto u = [type](std::uint64_t number) { return GgufValue{type, number}; };
  const auto i = [type](std::int64_t number) { return GgufValue{type, number}; };
  switch (type) {
    case GgufType::kU8: return u(load<std::uint8_t>(bytes));
    case GgufType::kU16: return u(load<std::uint16_t>(bytes));
    case GgufType::kU32: return u(load<std::uint32_t>(bytes));
    case GgufType::kU64: return u(load<std::uint64_t>(bytes));
    case GgufType::kI8: return i(load<std::int8_t>(bytes));
    case GgufType::kI16: return i(load<std::int16_t>(bytes));
    case GgufType::kI32: return i(load<std::int32_t>(bytes));
    case GgufType::kI64: return i(load<std::int64_t>(bytes));
    case GgufType::kF32: return {type, static_cast<double>(load<float>(bytes))};
    case GgufType::kF64: return {type, load<double>(bytes)};
    case GgufType::kBool: return {type, load<std::uint8_t>(bytes) != 0};
    case GgufType::kString:
    case GgufType::kArray: break;
  }
  assert(false && "not a number");
  return {};
}

}  // namespace hearth
