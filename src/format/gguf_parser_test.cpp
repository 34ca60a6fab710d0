// Files that are wrong in one place each.
#include "format/gguf_parser.h"

#include <gtest/gtest.h>

#include <limits>

#include "format/testing/expect_error.h"
#include "format/testing/raw_gguf.h"

namespace hearth {
namespace {

using namespace testing;  // NOLINT: the builder's short names

void parse(const std::string& bytes) {
  const auto owner = std::make_shared<std::string>(bytes);
  GgufParser(std::as_bytes(std::span(*owner)), "m.gguf", owner).parse();
}

void corrupt(const RawGguf& file, std::initializer_list<std::string> parts) {
  expect_error(ErrorCode::kCorruptData, parts, [&] { parse(file.bytes()); });
}
void unsupported(const RawGguf& file, std::initializer_list<std::string> parts) {
  expect_error(ErrorCode::kUnsupported, parts, [&] { parse(file.bytes()); });
}

RawGguf with_entry(const std::string& bytes) {
  RawGguf file = small_gguf();
  file.entries.push_back(bytes);
  return file;
}

RawGguf with_tensor(const std::string& bytes) {
  RawGguf file = small_gguf();
  file.infos = {bytes};
  return file;
}

const std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

TEST(GgufParser, TheBuildersFileIsValid) { EXPECT_NO_THROW(parse(small_gguf().bytes())); }

TEST(GgufParser, Magic) {
  RawGguf file = small_gguf();
  file.magic = "GGUX";
  corrupt(file, {"m.gguf: not a GGUF file: it begins with 'GGUX'"});
  file.magic = "\x1b[2J";
  corrupt(file, {"it begins with '\\u{1B}[2J'"});
  expect_error(ErrorCode::kCorruptData, {"m.gguf: the file ends after 0 bytes"}, [] { parse(""); });
  expect_error(ErrorCode::kCorruptData, {"m.gguf: the file ends after 3 bytes"}, [] { parse("GGU"); });
  const auto hint = [](const std::string& bytes) {
    try {
      parse(bytes);
    } catch (const Error& error) {
      return error.hint();
    }
    return std::string();
  };
  EXPECT_THAT(hint("version https://git-lfs.github.com/spec/v1\noid sha256:0"), ::testing::HasSubstr("git lfs pull"));
  EXPECT_THAT(hint("<!doctype html>"), ::testing::HasSubstr("web page"));
  EXPECT_THAT(hint("tjgg1234"), ::testing::HasSubstr("before GGUF"));
}

TEST(GgufParser, Version) {
  for (const std::uint32_t version : {0u, 1u, 4u, 0xFFFFFFFFu}) {
    RawGguf file = small_gguf();
    file.version = version;
    unsupported(file, {"m.gguf: GGUF version " + std::to_string(version) + " is not supported"});
  }
  for (const std::uint32_t version : {0x01000000u, 0x02000000u, 0x03000000u}) {
    RawGguf file = small_gguf();
    file.version = version;
    unsupported(file, {"m.gguf: big-endian GGUF is not supported"});
  }
}

TEST(GgufParser, CountsThatCannotFit) {
  for (const std::uint64_t count : {kHuge, kHuge / 14, std::uint64_t{1} << 32, std::uint64_t{1000}}) {
    RawGguf file = small_gguf();
    file.n_entries = count;
    corrupt(file, {"m.gguf: header: metadata keys: " + std::to_string(count) + " of them cannot fit"});
    file = small_gguf();
    file.n_tensors = count;
    corrupt(file, {"m.gguf: header: tensors: " + std::to_string(count) + " of them cannot fit"});
  }
}

TEST(GgufParser, Keys) {
  corrupt(with_entry(entry("", "x")), {"m.gguf: metadata key 20 of 20: the key is empty"});
  corrupt(with_entry(entry(std::string(65536, 'k'), "x")),
          {"m.gguf: metadata key 20 of 20: the key has 65536 bytes; 65535 are allowed"});
  EXPECT_NO_THROW(parse(with_entry(entry(std::string(65535, 'k'), "x")).bytes()));
  corrupt(with_entry(entry("k\xff", "x")), {"m.gguf: metadata key 20 of 20: the key 'k\\xFF' is not valid UTF-8"});
  corrupt(with_entry(entry("u8", "x")), {"m.gguf: key 'u8': it is there twice"});
  corrupt(with_entry(le(kHuge) + "k"), {"m.gguf: metadata key 20 of 20: the key takes 18446744073709551615 bytes"});
}

TEST(GgufParser, Values) {
  corrupt(with_entry(entry("k", 13, "x")), {"m.gguf: key 'k': value type 13 does not exist"});
  corrupt(with_entry(entry("k", 0xFFFFFFFF, "x")), {"m.gguf: key 'k': value type 4294967295 does not exist"});
  corrupt(with_entry(entry("k", kBool, "\2")), {"m.gguf: key 'k': a bool is 2; it must be 0 or 1"});
  corrupt(with_entry(entry("k", kString, le(kHuge) + "x")),
          {"m.gguf: key 'k': the string takes 18446744073709551615 bytes"});
}

TEST(GgufParser, Arrays) {
  corrupt(with_entry(entry("k", kArray, array(13, 0, ""))), {"m.gguf: key 'k': value type 13 does not exist"});
  for (const std::uint64_t count : {kHuge, kHuge / 8 + 1, kHuge / 4 + 1, std::uint64_t{100000}}) {
    const std::string n = std::to_string(count);
    corrupt(with_entry(entry("k", kArray, array(kU64, count, "abcdefgh"))),
            {"m.gguf: key 'k': array elements: " + n + " of them cannot fit"});
    corrupt(with_entry(entry("k", kArray, array(kString, count, text("a")))),
            {"m.gguf: key 'k': strings: " + n + " of them cannot fit"});
    corrupt(with_entry(entry("k", kArray, array(kArray, count, array(kU8, 0, "")))),
            {"m.gguf: key 'k': arrays: " + n + " of them cannot fit"});
  }
  corrupt(with_entry(entry("k", kArray, array(kString, 1, le(kHuge)))),
          {"m.gguf: key 'k': a string takes 18446744073709551615 bytes"});
  corrupt(with_entry(entry("k", kArray, array(kBool, 2, "\1\3"))), {"m.gguf: key 'k': a bool is 3"});
  std::string nested = array(kU8, 1, "x");
  for (int i = 0; i < 3; ++i) nested = array(kArray, 1, nested);
  EXPECT_NO_THROW(parse(with_entry(entry("k", kArray, nested)).bytes()));
  for (int i = 0; i < 1000; ++i) nested = array(kArray, 1, nested);
  corrupt(with_entry(entry("k", kArray, nested)), {"m.gguf: key 'k': arrays are nested more than 4 deep"});
}

TEST(GgufParser, Alignment) {
  for (const std::uint32_t alignment : {0u, 3u, 33u, 0xFFFFFFFFu}) {
    corrupt(with_entry(entry("general.alignment", kU32, le(alignment))),
            {"m.gguf: key 'general.alignment' is " + std::to_string(alignment) + "; it must be a power of two"});
  }
  corrupt(with_entry(entry("general.alignment", "32")),
          {"m.gguf: key 'general.alignment' is the string '32' (STRING); it must be a U32"});
  corrupt(with_entry(entry("general.alignment", kU64, le(std::uint64_t{32}))),
          {"m.gguf: key 'general.alignment' is 32 (U64); it must be a U32"});
  corrupt(with_entry(entry("general.alignment", kI32, le(std::int32_t{-32}))),
          {"m.gguf: key 'general.alignment' is -32 (I32)"});
  RawGguf wide = with_entry(entry("general.alignment", kU32, le(std::uint32_t{64})));
  wide.alignment = 64;
  corrupt(wide, {"m.gguf: tensor 'b': offset 32 is not a multiple of the alignment 64"});
  RawGguf one = small_gguf();  // the data would begin two gigabytes behind the end
  one.entries.push_back(entry("general.alignment", kU32, le(std::uint32_t{1} << 31)));
  one.infos.pop_back();
  corrupt(one, {"m.gguf: tensor 'a': it takes 24 bytes at offset 0 of the tensor data, which has 0 bytes"});
}

TEST(GgufParser, TensorNames) {
  corrupt(with_tensor(info("", {1}, 0, 0)), {"m.gguf: tensor 1 of 1: the name is empty"});
  corrupt(with_tensor(info("\xc0", {1}, 0, 0)), {"m.gguf: tensor 1 of 1: the name '\\xC0' is not valid UTF-8"});
  corrupt(with_tensor(info(std::string(65536, 't'), {1}, 0, 0)), {"the name has 65536 bytes"});
  corrupt(with_tensor(le(kHuge) + std::string(40, 't')),
          {"m.gguf: tensor 1 of 1: the name takes 18446744073709551615 bytes"});
  RawGguf twice = small_gguf();
  twice.infos = {info("a", {1}, 0, 0), info("a", {1}, 0, 32)};
  corrupt(twice, {"m.gguf: tensor 'a' is there twice"});
}

TEST(GgufParser, Dimensions) {
  corrupt(with_tensor(info("t", {}, 0, 0) + "padding."), {"m.gguf: tensor 't': it has 0 dimensions"});
  corrupt(with_tensor(info("t", {1, 1, 1, 1, 1}, 0, 0)), {"m.gguf: tensor 't': it has 5 dimensions"});
  corrupt(with_tensor(text("t") + le(0xFFFFFFFFu) + std::string(40, 'x')),
          {"m.gguf: tensor 't': it has 4294967295 dimensions"});
  corrupt(with_tensor(info("t", {4, 0}, 0, 0)), {"m.gguf: tensor 't': dimension 1 is 0; it must be at least 1"});
  corrupt(with_tensor(info("t", {-4}, 0, 0)), {"m.gguf: tensor 't': dimension 0 is -4"});
  const std::int64_t big = std::int64_t{1} << 32;
  corrupt(with_tensor(info("t", {big, big}, 0, 0)),
          {"m.gguf: tensor 't': dimension 1 is 4294967296: the tensor is too large"});
  corrupt(with_tensor(info("t", {1, 1, INT64_MAX, 2}, 0, 0)),
          {"m.gguf: tensor 't': dimension 3 is 2: the tensor is too large"});
  corrupt(with_tensor(info("t", {INT64_MAX}, 0, 0)), {"m.gguf: tensor 't': shape [9223372036854775807] is too large"});
  corrupt(with_tensor(info("t", {INT64_MAX / 4}, 0, 0)),
          {"m.gguf: tensor 't': it takes 9223372036854775804 bytes at offset 0"});
}

TEST(GgufParser, RowsThatAreNoWholeBlocks) {
  corrupt(with_tensor(info("t", {16, 2}, 2, 0)),
          {"m.gguf: tensor 't': its rows have 16 values; Q4_0 stores them in blocks of 32"});
  corrupt(with_tensor(info("t", {128, 2}, 12, 0)),
          {"m.gguf: tensor 't': its rows have 128 values; Q4_K stores them in blocks of 256"});
}

TEST(GgufParser, TypesAreRefusedByName) {
  // Names and numbers: GGMLQuantizationType of python gguf 0.19 and, for those removed, the comments of ggml.h.
  const std::vector<std::pair<std::uint32_t, std::string>> types = {
      {4, "Q4_2"},        {5, "Q4_3"},      {9, "Q8_1"},   {15, "Q8_K"},  {16, "IQ2_XXS"},    {17, "IQ2_XS"},
      {18, "IQ3_XXS"},    {19, "IQ1_S"},    {21, "IQ3_S"}, {22, "IQ2_S"}, {29, "IQ1_M"},      {31, "Q4_0_4_4"},
      {32, "Q4_0_4_8"},   {33, "Q4_0_8_8"}, {34, "TQ1_0"}, {35, "TQ2_0"}, {36, "IQ4_NL_4_4"}, {37, "IQ4_NL_4_8"},
      {38, "IQ4_NL_8_8"}, {39, "MXFP4"},    {40, "NVFP4"}, {41, "Q1_0"},  {42, "Q2_0"}};
  for (const auto& [number, name] : types) {
    unsupported(with_tensor(info("t", {256}, number, 0)),
                {"m.gguf: tensor 't' has type " + std::to_string(number) + " (" + name + "), which is not supported"});
  }
  unsupported(with_tensor(info("t", {256}, 4000, 0)), {"m.gguf: tensor 't' has type 4000, which is not supported"});
  unsupported(with_tensor(info("t", {256}, 0xFFFFFFFF, 0)), {"type 4294967295, which"});
}

TEST(GgufParser, Offsets) {
  corrupt(with_tensor(info("t", {1}, 0, 1)), {"m.gguf: tensor 't': offset 1 is not a multiple of the alignment 32"});
  corrupt(with_tensor(info("t", {1}, 0, 64)),
          {"m.gguf: tensor 't': it takes 4 bytes at offset 64 of the tensor data, which has 50 bytes"});
  corrupt(with_tensor(info("t", {13}, 0, 0)), {"m.gguf: tensor 't': it takes 52 bytes at offset 0"});
  corrupt(with_tensor(info("t", {5}, 0, 32)), {"m.gguf: tensor 't': it takes 20 bytes at offset 32"});
  corrupt(with_tensor(info("t", {1}, 0, kHuge - 31)),
          {"m.gguf: tensor 't': it takes 4 bytes at offset 18446744073709551584"});
  RawGguf overlap = small_gguf();
  overlap.infos = {info("b", {2}, 0, 32), info("a", {10}, 0, 0)};
  corrupt(overlap, {"m.gguf: tensors 'a' (offset 0, 40 bytes) and 'b' (offset 32) overlap"});
}

TEST(GgufParser, ATruncationAtAnyByteIsAnError) {
  const std::string bytes = small_gguf().bytes();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    expect_error(ErrorCode::kCorruptData, {"m.gguf: "}, [&] { parse(bytes.substr(0, n)); });
  }
}

TEST(GgufParser, NoSingleByteCanDoHarm) {
  const std::string bytes = small_gguf().bytes();
  int accepted = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int mutation : {0x00, 0x01, 0x7F, 0x80, 0xFF, 0x100, 0x101, 0x102}) {
      std::string changed = bytes;
      const auto old = static_cast<unsigned char>(bytes[i]);
      changed[i] = static_cast<char>(mutation < 0x100    ? mutation
                                     : mutation == 0x100 ? old + 1
                                     : mutation == 0x101 ? old - 1
                                                         : old ^ 0x40);
      try {
        parse(changed);
        ++accepted;
      } catch (const Error& error) {
        EXPECT_TRUE(error.code() == ErrorCode::kCorruptData || error.code() == ErrorCode::kUnsupported)
            << error.message();
        EXPECT_TRUE(error.message().starts_with("m.gguf: ")) << error.message();
      }
    }
  }
  EXPECT_GT(accepted, 0) << "a changed value or weight is no damage that can be seen";
}

}  // namespace
}  // namespace hearth
