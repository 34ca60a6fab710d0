#include "format/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "format/testing/expect_error.h"
#include "format/testing/raw_gguf.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using testing::expect_error;

std::string raw(const std::string& header, const std::string& data) { return testing::text(header) + data; }

TensorTable parse(const std::string& bytes, std::map<std::string, std::string>* metadata = nullptr) {
  const auto owner = std::make_shared<std::string>(bytes);
  TensorTable table;
  parse_safetensors(std::as_bytes(std::span(*owner)), "m.safetensors", owner, table, metadata);
  return table;
}

void corrupt(const std::string& header, const std::string& data, std::initializer_list<std::string> parts) {
  expect_error(ErrorCode::kCorruptData, parts, [&] { parse(raw(header, data)); });
}

const std::string kSmall =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]},)"
    R"("c":{"dtype":"BF16","shape":[0,4],"data_offsets":[32,32]}}  )";

std::string small_data() {
  std::string data;
  for (int i = 0; i < 6; ++i) data += testing::le(static_cast<float>(i));
  return data + testing::le(std::int64_t{-7});
}

TEST(Safetensors, ReadsTensorsInPlace) {
  std::map<std::string, std::string> metadata;
  const TensorTable table = parse(raw(kSmall, small_data()), &metadata);
  EXPECT_EQ(metadata, (std::map<std::string, std::string>{{"format", "pt"}}));
  ASSERT_EQ(table.all().size(), 3u);
  const Tensor& a = *table.find("a");
  EXPECT_EQ(a.dtype, DType::kF32);
  EXPECT_EQ(a.shape, (Shape{2, 3}));
  float last;
  std::memcpy(&last, a.row(1) + 8, sizeof last);
  EXPECT_EQ(last, 5.0f);
  EXPECT_EQ(table.find("b")->shape, Shape{});
  EXPECT_EQ(table.find("b")->dtype, DType::kI64);
  EXPECT_EQ(table.find("b")->elements(), 1);
  EXPECT_EQ(table.find("c")->shape, (Shape{0, 4}));
  EXPECT_EQ(table.find("c")->bytes(), 0u);
  EXPECT_TRUE(static_cast<bool>(*table.find("c")));
}

TEST(Safetensors, EveryDtype) {
  const std::vector<std::tuple<std::string, DType, int>> dtypes = {
      {"F64", DType::kF64, 8}, {"F32", DType::kF32, 4},  {"F16", DType::kF16, 2}, {"BF16", DType::kBF16, 2},
      {"I64", DType::kI64, 8}, {"I32", DType::kI32, 4},  {"I16", DType::kI16, 2}, {"I8", DType::kI8, 1},
      {"U8", DType::kU8, 1},   {"BOOL", DType::kBool, 1}};
  for (const auto& [name, dtype, bytes] : dtypes) {
    const std::string header =
        R"({"t":{"dtype":")" + name + R"(","shape":[3],"data_offsets":[0,)" + std::to_string(3 * bytes) + "]}}";
    EXPECT_EQ(parse(raw(header, std::string(static_cast<std::size_t>(3 * bytes), '\1'))).find("t")->dtype, dtype);
  }
  for (const char* name :
       {"F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "U16", "U32", "U64", "C64", "Q4_0", "f32", "", "\\u001b[2J"}) {
    const std::string header = std::string(R"({"t":{"dtype":")") + name + R"(","shape":[0],"data_offsets":[0,0]}})";
    const std::string shown = std::string_view(name).starts_with("\\u") ? "\\u{1B}[2J" : name;
    expect_error(ErrorCode::kUnsupported,
                 {"m.safetensors: tensor 't' has dtype '" + shown + "', which is not supported"},
                 [&] { parse(raw(header, "")); });
  }
}

TEST(Safetensors, HeaderLength) {
  expect_error(ErrorCode::kCorruptData, {"m.safetensors: the file ends after 0 bytes"}, [] { parse(""); });
  expect_error(ErrorCode::kCorruptData, {"m.safetensors: the file ends after 7 bytes"},
               [] { parse(std::string(7, '\0')); });
  expect_error(ErrorCode::kCorruptData, {"the header's length is 3, but only 2 bytes follow"},
               [] { parse(testing::le(std::uint64_t{3}) + "{}"); });
  expect_error(ErrorCode::kCorruptData, {"the header's length is 18446744073709551615; 100000000 are allowed"},
               [] { parse(testing::le(~std::uint64_t{0}) + "{}"); });
  expect_error(ErrorCode::kCorruptData, {"the header's length is 100000001"},
               [] { parse(testing::le(std::uint64_t{100000001}) + "{}"); });
  corrupt("", "", {"m.safetensors: header: not valid JSON"});
  EXPECT_TRUE(parse(raw("{}", "")).empty());
}

TEST(Safetensors, HeaderThatIsNoHeader) {
  corrupt("{", "", {"m.safetensors: header: not valid JSON at byte"});
  corrupt("[]", "", {"m.safetensors: the header is no JSON object"});
  corrupt("{\"a\":1}", "", {"m.safetensors: tensor 'a': expected a JSON object"});
  corrupt("{\"a\":{}}", "", {"m.safetensors: tensor 'a': dtype is missing"});
  corrupt("{} x", "", {"there is more at byte 3"});
  corrupt(R"({"a":{"dtype":"F32","shape":[[[[1]]]],"data_offsets":[0,4]}})", "abcd",
          {"m.safetensors: header: not valid JSON"});
  corrupt(std::string(100000, '['), "", {"m.safetensors: header: not valid JSON at byte 4"});
  corrupt("{\"a\xff\":{}}", "", {"not valid JSON"});
}

TEST(Safetensors, DuplicateNames) {
  const std::string tensor = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  corrupt("{\"a\":" + tensor + ",\"a\":" + tensor + "}", "x",
          {"m.safetensors: header: not valid JSON", "the key 'a' is there twice"});
  corrupt(R"({"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "x",
          {"the key 'dtype' is there twice"});
  corrupt(R"({"__metadata__":{"k":"1","k":"2"}})", "", {"the key 'k' is there twice"});
  TensorTable table = parse(raw("{\"a\":" + tensor + "}", "x"));
  const std::string other = raw(
      R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
      "xy");
  expect_error(ErrorCode::kCorruptData, {"n.safetensors: tensor 'a' is in another file of this model too"},
               [&] { parse_safetensors(std::as_bytes(std::span(other)), "n.safetensors", nullptr, table); });
  EXPECT_EQ(table.find("b"), nullptr) << "a file that fails adds nothing";
}

TEST(Safetensors, Metadata) {
  corrupt(R"({"__metadata__":[]})", "", {"m.safetensors: __metadata__ must be an object of strings"});
  corrupt(R"({"__metadata__":{"k":1}})", "", {"m.safetensors: __metadata__: 'k' must be a string"});
}

TEST(Safetensors, Shapes) {
  const auto shape = [](const std::string& text) {
    return R"({"t":{"dtype":"F32","shape":)" + text + R"(,"data_offsets":[0,4]}})";
  };
  corrupt(shape("null"), "abcd", {"m.safetensors: tensor 't': shape is missing"});
  corrupt(shape("4"), "abcd", {"m.safetensors: tensor 't': shape must be an array"});
  corrupt(shape("[-1]"), "abcd", {"m.safetensors: tensor 't': shape must hold whole numbers"});
  corrupt(shape("[1.0]"), "abcd", {"m.safetensors: tensor 't': shape must hold whole numbers"});
  corrupt(shape("[\"1\"]"), "abcd", {"m.safetensors: tensor 't': shape must hold whole numbers"});
  corrupt(shape("[18446744073709551615]"), "abcd", {"m.safetensors: tensor 't': shape must hold whole numbers"});
  corrupt(shape("[4294967296,4294967296]"), "abcd", {"m.safetensors: tensor 't': shape is too large"});
  corrupt(shape("[4611686018427387904]"), "abcd", {"m.safetensors: tensor 't': shape is too large"});
  corrupt(shape("[2305843009213693952]"), "abcd", {"m.safetensors: tensor 't': shape is too large"});
  corrupt(shape("[4611686018427387904,8,0]"), "abcd", {"m.safetensors: tensor 't': shape is too large"});
  corrupt(shape("[0,4611686018427387904,8]"), "abcd", {"m.safetensors: tensor 't': shape is too large"});
  corrupt(shape("[2]"), "abcd", {"m.safetensors: tensor 't': data_offsets is [0, 4], but F32 [2] takes 8 bytes"});
  EXPECT_NO_THROW(parse(raw(shape("[1,1,1,1,1,1,1,1]"), "abcd")));
  expect_error(ErrorCode::kUnsupported, {"m.safetensors: tensor 't' has 9 dimensions"},
               [&] { parse(raw(shape("[1,1,1,1,1,1,1,1,1]"), "abcd")); });
}

TEST(Safetensors, Offsets) {
  const auto offsets = [](const std::string& text) {
    return R"({"t":{"dtype":"F32","shape":[1],"data_offsets":)" + text + "}}";
  };
  corrupt(offsets("null"), "abcd", {"m.safetensors: tensor 't': data_offsets is missing"});
  corrupt(offsets("[0]"), "abcd", {"m.safetensors: tensor 't': data_offsets has 1 numbers; it must have 2"});
  corrupt(offsets("[0,4,8]"), "abcd", {"data_offsets has 3 numbers"});
  corrupt(offsets("[4,0]"), "abcd", {"m.safetensors: tensor 't': data_offsets is [4, 0], but F32 [1] takes 4 bytes"});
  corrupt(offsets("[-4,0]"), "abcd", {"m.safetensors: tensor 't': data_offsets must hold whole numbers"});
  corrupt(offsets("[0,3]"), "abcd", {"data_offsets is [0, 3]"});
  corrupt(offsets("[4,8]"), "abcdefgh", {"m.safetensors: tensor 't': data_offsets begins at 4", "a hole"});
  corrupt(offsets("[0,4]"), "abc",
          {"m.safetensors: tensor 't': data_offsets is [0, 4], but the file has 3 bytes of data"});
  corrupt(offsets("[0,4]"), "abcde", {"m.safetensors: the tensors take 4 bytes, but the file has 5 bytes of data"});
  corrupt(offsets("[9223372036854775803,9223372036854775807]"), "abcd", {"but the file has 4 bytes of data"});
  corrupt(
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}})",
      "abcd", {"m.safetensors: tensor 'b': data_offsets begins at 2, but the tensor before ends at 4", "an overlap"});
}

TEST(Safetensors, ATruncationAtAnyByteIsAnError) {
  const std::string bytes = raw(kSmall, small_data());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    expect_error(ErrorCode::kCorruptData, {"m.safetensors: "}, [&] { parse(bytes.substr(0, n)); });
  }
}

TEST(Safetensors, NoSingleByteCanDoHarm) {
  const std::string bytes = raw(kSmall, small_data());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int value = 0; value < 256; value += i < 8 ? 1 : 7) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(value);
      try {
        const TensorTable table = parse(changed);
        for (const auto& [name, tensor] : table.all()) ASSERT_LE(tensor.bytes(), 32u);
      } catch (const Error& error) {
        ASSERT_TRUE(error.code() == ErrorCode::kCorruptData || error.code() == ErrorCode::kUnsupported)
            << error.message();
        ASSERT_TRUE(error.message().starts_with("m.safetensors: ")) << error.message();
      }
    }
  }
}

TEST(Safetensors, OpensFiles) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "x.safetensors";
  write_file_atomic(path, raw(kSmall, small_data()));
  TensorTable table;
  read_safetensors(path, table);
  EXPECT_EQ(table.all().size(), 3u);
  expect_error(ErrorCode::kNotFound, {"y.safetensors"},
               [&] { read_safetensors(folder.path() / "y.safetensors", table); });
}

}  // namespace
}  // namespace hearth
