#include "format/gguf.h"

#include <gtest/gtest.h>

#include <cstring>

#include "format/testing/expect_error.h"
#include "format/testing/raw_gguf.h"

namespace hearth {
namespace {

using testing::expect_error;
using testing::RawGguf;
using testing::small_gguf;

std::shared_ptr<const GgufFile> parse(const std::string& bytes) {
  const auto owner = std::make_shared<std::string>(bytes);
  return GgufFile::parse(std::as_bytes(std::span(*owner)), "m.gguf", owner);
}

TEST(Gguf, ReadsEveryTypeOfValue) {
  const auto file = parse(small_gguf().bytes());
  EXPECT_EQ(file->name(), "m.gguf");
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->file_bytes(), small_gguf().bytes().size());
  EXPECT_EQ(file->metadata().size(), 19u);
  EXPECT_EQ(file->metadata()[1].first, "u8") << "not in the order of the file";
  EXPECT_EQ(file->string("general.architecture"), "llama");
  EXPECT_EQ(file->integer("u8"), 200);
  EXPECT_EQ(file->integer("i8"), -100);
  EXPECT_EQ(file->integer("u16"), 60000);
  EXPECT_EQ(file->integer("i16"), -30000);
  EXPECT_EQ(file->integer("u32"), 4000000000);
  EXPECT_EQ(file->integer("i32"), -2000000000);
  EXPECT_EQ(file->integer("u64"), std::int64_t{1} << 60);
  EXPECT_EQ(file->integer("i64"), -(std::int64_t{1} << 60));
  EXPECT_EQ(file->number("f32"), 0.5);
  EXPECT_EQ(file->number("f64"), -1.25);
  EXPECT_EQ(file->boolean("yes"), true);
  EXPECT_EQ(file->boolean("no"), false);
  EXPECT_EQ(*file->strings("tokens"), (std::vector<std::string_view>{"a", "", "<0x0A>"}));
  EXPECT_EQ(file->numbers("scores"), (std::vector<double>{1.5, -2.0}));
  EXPECT_EQ(file->integers("ids"), (std::vector<std::int64_t>{1, -2, 3}));
  EXPECT_EQ(file->integers("empty"), std::vector<std::int64_t>{});
  const auto& nested = std::get<GgufArray>(file->find("nested")->value);
  EXPECT_EQ(nested.arrays[0].raw.size(), 2u);
  EXPECT_EQ(nested.arrays[1].strings[0], "x");
}

TEST(Gguf, ShapesReadFromTheOutsideIn) {
  const auto file = parse(small_gguf().bytes());
  const Tensor* a = file->tensors().find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->shape, (Shape{2, 3}));
  EXPECT_EQ(a->dtype, DType::kF32);
  float last;
  std::memcpy(&last, a->row(1) + 2 * sizeof(float), sizeof last);
  EXPECT_EQ(last, 5.0f);
  const Tensor* b = file->tensors().find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->dtype, DType::kQ4_0);
  EXPECT_EQ(b->bytes(), 18u);
  EXPECT_EQ(std::memcmp(b->data, "qqqqqqqqqqqqqqqqqq", 18), 0);
  EXPECT_EQ(file->tensors().find("c"), nullptr);
}

TEST(Gguf, TensorsKeepTheBytesAlive) {
  Tensor tensor;
  {
    const auto file = parse(small_gguf().bytes());
    tensor = *file->tensors().find("b");
  }
  EXPECT_EQ(tensor.data[17], std::byte{'q'});
}

TEST(Gguf, VersionTwoIsTheSame) {
  RawGguf raw = small_gguf();
  raw.version = 2;
  EXPECT_EQ(parse(raw.bytes())->version(), 2u);
  EXPECT_EQ(parse(raw.bytes())->tensors().all().size(), 2u);
}

TEST(Gguf, AlignmentComesFromTheFile) {
  RawGguf raw = small_gguf();
  raw.entries.push_back(testing::entry("general.alignment", testing::kU32, testing::le(std::uint32_t{128})));
  raw.alignment = 128;
  raw.infos = {testing::info("b", {32}, 2, 128)};
  raw.data = std::string(128, '\0') + std::string(18, 'q');
  const auto file = parse(raw.bytes());
  EXPECT_EQ(file->tensors().find("b")->data[0], std::byte{'q'});
}

TEST(Gguf, AFileWithoutTensorsMayEndAnywhere) {
  RawGguf raw = small_gguf();
  raw.infos.clear();
  raw.data.clear();
  EXPECT_TRUE(parse(raw.bytes())->tensors().empty());
  EXPECT_TRUE(parse(RawGguf().bytes())->metadata().empty());
}

TEST(Gguf, MissingKeysAreEmpty) {
  const auto file = parse(small_gguf().bytes());
  EXPECT_EQ(file->find("x"), nullptr);
  EXPECT_FALSE(file->string("x") || file->integer("x") || file->number("x") || file->boolean("x") ||
               file->numbers("x") || file->integers("x"));
  EXPECT_EQ(file->strings("x"), nullptr);
  expect_error(ErrorCode::kCorruptData, {"m.gguf: key 'x' is missing"}, [&] { file->require_string("x"); });
  expect_error(ErrorCode::kCorruptData, {"m.gguf: key 'x' is missing"}, [&] { file->require_integer("x"); });
}

TEST(Gguf, WrongTypesNameFileKeyAndValue) {
  const auto file = parse(small_gguf().bytes());
  const auto corrupt = [](const std::string& message, auto action) {
    expect_error(ErrorCode::kCorruptData, {message}, action);
  };
  corrupt("m.gguf: key 'u8' is 200 (U8); it must be a string", [&] { file->string("u8"); });
  corrupt("m.gguf: key 'f32' is 0.5 (F32); it must be an integer", [&] { file->integer("f32"); });
  corrupt("m.gguf: key 'yes' is true (BOOL); it must be an integer", [&] { file->integer("yes"); });
  corrupt("m.gguf: key 'general.architecture' is the string 'llama' (STRING); it must be a floating",
          [&] { file->number("general.architecture"); });
  corrupt("m.gguf: key 'u8' is 200 (U8); it must be true or false", [&] { file->boolean("u8"); });
  corrupt("m.gguf: key 'ids' is an array of 3 I32 (ARRAY); it must be an array of strings",
          [&] { file->strings("ids"); });
  corrupt("m.gguf: key 'u8' is 200 (U8); it must be an array of strings", [&] { file->strings("u8"); });
  corrupt("m.gguf: key 'ids' is an array of 3 I32 (ARRAY); it must be an array of floating",
          [&] { file->numbers("ids"); });
  corrupt("m.gguf: key 'flags' is an array of 2 BOOL (ARRAY); it must be an array of integers",
          [&] { file->integers("flags"); });
}

TEST(Gguf, IntegersBeyond63BitsAreNamed) {
  RawGguf raw;
  const std::string huge = testing::le(~std::uint64_t{0});
  raw.entries = {testing::entry("huge", testing::kU64, huge),
                 testing::entry("list", testing::kArray, testing::array(testing::kU64, 1, huge))};
  const auto file = parse(raw.bytes());
  expect_error(ErrorCode::kCorruptData, {"m.gguf: key 'huge' is 18446744073709551615 (U64)"},
               [&] { file->integer("huge"); });
  expect_error(ErrorCode::kCorruptData, {"m.gguf: key 'list' has 18446744073709551615 at place 0"},
               [&] { file->integers("list"); });
}

}  // namespace
}  // namespace hearth
