// For tests: GGUF files put together byte by byte, so that each field can be wrong. Independent of GgufWriter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::testing {

template <typename Number>
std::string le(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

inline std::string text(std::string_view s) { return le(std::uint64_t{s.size()}) + std::string(s); }

// Value types of the GGUF specification.
enum RawType : std::uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

inline std::string entry(std::string_view key, std::uint32_t type, const std::string& value) {
  return text(key) + le(type) + value;
}
inline std::string entry(std::string_view key, std::string_view value) { return entry(key, kString, text(value)); }
inline std::string array(std::uint32_t type, std::uint64_t count, const std::string& elements) {
  return le(type) + le(count) + elements;
}

inline std::string info(std::string_view name, const std::vector<std::int64_t>& dims, std::uint32_t type,
                        std::uint64_t offset) {
  std::string out = text(name) + le(static_cast<std::uint32_t>(dims.size()));
  for (const std::int64_t dim : dims) out += le(dim);
  return out + le(type) + le(offset);
}

struct RawGguf {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::vector<std::string> entries;
  std::vector<std::string> infos;
  std::string data;
  std::size_t alignment = 32;
  std::optional<std::uint64_t> n_entries;  ///< where the header lies
  std::optional<std::uint64_t> n_tensors;

  std::string bytes() const {
    std::string out =
        magic + le(version) + le(n_tensors.value_or(infos.size())) + le(n_entries.value_or(entries.size()));
    for (const std::string& e : entries) out += e;
    for (const std::string& i : infos) out += i;
    if (!data.empty()) out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
    return out + data;
  }
};

/// A small valid file with a value of every type and two tensors: 'a' F32 [2, 3] of 0 … 5 and 'b' Q4_0 [1, 32].
inline RawGguf small_gguf() {
  RawGguf file;
  file.entries = {
      entry("general.architecture", "llama"),
      entry("u8", kU8, le(std::uint8_t{200})),
      entry("i8", kI8, le(std::int8_t{-100})),
      entry("u16", kU16, le(std::uint16_t{60000})),
      entry("i16", kI16, le(std::int16_t{-30000})),
      entry("u32", kU32, le(std::uint32_t{4000000000})),
      entry("i32", kI32, le(std::int32_t{-2000000000})),
      entry("u64", kU64, le(std::uint64_t{1} << 60)),
      entry("i64", kI64, le(-(std::int64_t{1} << 60))),
      entry("f32", kF32, le(0.5f)),
      entry("f64", kF64, le(-1.25)),
      entry("yes", kBool, std::string("\1")),
      entry("no", kBool, std::string(1, '\0')),
      entry("tokens", kArray, array(kString, 3, text("a") + text("") + text("<0x0A>"))),
      entry("scores", kArray, array(kF32, 2, le(1.5f) + le(-2.0f))),
      entry("ids", kArray, array(kI32, 3, le(std::int32_t{1}) + le(std::int32_t{-2}) + le(std::int32_t{3}))),
      entry("flags", kArray, array(kBool, 2, std::string("\1\0", 2))),
      entry("nested", kArray, array(kArray, 2, array(kU8, 2, "ab") + array(kString, 1, text("x")))),
      entry("empty", kArray, array(kU64, 0, "")),
  };
  file.infos = {info("a", {3, 2}, 0, 0), info("b", {32, 1}, 2, 32)};
  for (int i = 0; i < 6; ++i) file.data += le(static_cast<float>(i));
  file.data.resize(32, '\0');
  file.data += std::string(18, 'q');
  return file;
}

}  // namespace hearth::testing
