#include "format/gguf_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/file.h"
#include "format/gguf.h"
#include "format/testing/expect_error.h"
#include "format/testing/raw_gguf.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using testing::expect_error;

std::shared_ptr<const GgufFile> parse(const std::string& bytes) {
  const auto owner = std::make_shared<std::string>(bytes);
  return GgufFile::parse(std::as_bytes(std::span(*owner)), "m.gguf", owner);
}

Tensor bytes_tensor(DType dtype, Shape shape, char fill) {
  const auto storage = std::make_shared<std::string>(row_bytes(dtype, shape.elements()), fill);
  return {dtype, shape, reinterpret_cast<const std::byte*>(storage->data()), storage};
}

TEST(GgufWriter, WritesTheBytesOfTheSpecification) {
  // The other side is the tests' own builder, which knows the format but not this writer.
  GgufWriter writer("llama");
  writer.set("n", std::uint32_t{7});
  writer.add_tensor("a", make_f32_tensor({2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5}));
  writer.add_tensor("b", bytes_tensor(DType::kQ4_0, {1, 32}, 'q'));
  testing::RawGguf raw = testing::small_gguf();
  raw.entries = {testing::entry("general.architecture", "llama"),
                 testing::entry("n", testing::kU32, testing::le(std::uint32_t{7}))};
  raw.data.resize(64, '\0');  // the last tensor is padded too
  EXPECT_EQ(writer.to_bytes(), raw.bytes());
}

TEST(GgufWriter, EveryKindOfValueComesBack) {
  GgufWriter writer("test");
  writer.set("u32", std::uint32_t{4000000000});
  writer.set("i32", std::int32_t{-5});
  writer.set("u64", std::uint64_t{1} << 60);
  writer.set("i64", -(std::int64_t{1} << 60));
  writer.set("f32", 0.1f);
  writer.set("bool", true);
  writer.set("text", "a\0b");
  writer.set("view", std::string_view("a\0b", 3));
  writer.set("strings", std::vector<std::string>{"x", "", "y z"});
  writer.set("floats", std::vector<float>{1.5f, -2.5f});
  writer.set("ints", std::vector<std::int32_t>{1, -2});
  writer.set("uints", std::vector<std::uint32_t>{1, 4000000000});
  writer.set("none", std::vector<std::string>{});
  const auto file = parse(writer.to_bytes());
  EXPECT_EQ(file->string("general.architecture"), "test");
  EXPECT_EQ(file->integer("u32"), 4000000000);
  EXPECT_EQ(file->integer("i32"), -5);
  EXPECT_EQ(file->integer("u64"), std::int64_t{1} << 60);
  EXPECT_EQ(file->integer("i64"), -(std::int64_t{1} << 60));
  EXPECT_EQ(file->number("f32"), 0.1f);
  EXPECT_EQ(file->boolean("bool"), true);
  EXPECT_EQ(file->string("text"), "a");
  EXPECT_EQ(file->string("view"), std::string("a\0b", 3));
  EXPECT_EQ(*file->strings("strings"), (std::vector<std::string_view>{"x", "", "y z"}));
  EXPECT_EQ(file->numbers("floats"), (std::vector<double>{1.5, -2.5}));
  EXPECT_EQ(file->integers("ints"), (std::vector<std::int64_t>{1, -2}));
  EXPECT_EQ(file->integers("uints"), (std::vector<std::int64_t>{1, 4000000000}));
  EXPECT_TRUE(file->strings("none")->empty());
}

TEST(GgufWriter, CopyingEverythingGivesTheSameFile) {
  testing::RawGguf raw = testing::small_gguf();
  raw.data.resize(64, '\0');
  const auto file = parse(raw.bytes());
  GgufWriter writer(*file->string("general.architecture"));
  for (const auto& [key, value] : file->metadata()) {
    if (key != "general.architecture") writer.set_raw(key, value);
  }
  for (const auto& [name, tensor] : file->tensors().all()) writer.add_tensor(name, tensor);
  EXPECT_EQ(writer.to_bytes(), raw.bytes());
}

TEST(GgufWriter, ValuesThatDoNotFitTheirTypeAreRefused) {
  GgufWriter writer("test");
  const auto refused = [&writer](const GgufValue& value) {
    expect_error(ErrorCode::kInvalidArgument, {"does not fit its type"}, [&] { writer.set_raw("k", value); });
  };
  refused({GgufType::kU8, std::uint64_t{256}});
  refused({GgufType::kI16, std::int64_t{40000}});
  refused({GgufType::kI16, std::int64_t{-40000}});
  refused({GgufType::kU32, std::int64_t{1}});
  refused({GgufType::kString, true});
  refused({GgufType::kArray, 1.0});
  GgufArray array;
  array.type = GgufType::kU32;
  array.count = 1;
  refused({GgufType::kArray, array});
  array.type = GgufType::kString;
  refused({GgufType::kArray, array});
}

TEST(GgufWriter, Alignment) {
  GgufWriter writer("test");
  writer.add_tensor("a", make_f32_tensor({1}, std::vector<float>{1}));
  writer.add_tensor("b", make_f32_tensor({1}, std::vector<float>{2}));
  const std::string bytes = writer.to_bytes(4096);
  EXPECT_EQ(bytes.size(), 3u * 4096);
  const auto file = parse(bytes);
  EXPECT_EQ(file->integer("general.alignment"), 4096);
  float b;
  std::memcpy(&b, file->tensors().find("b")->data, sizeof b);
  EXPECT_EQ(b, 2.0f);
  EXPECT_EQ(parse(writer.to_bytes())->find("general.alignment"), nullptr)
      << "32 is what a file means that does not say";
  for (const std::uint32_t alignment : {0u, 4u, 24u}) {
    expect_error(ErrorCode::kInvalidArgument, {"alignment " + std::to_string(alignment)},
                 [&] { writer.to_bytes(alignment); });
  }
}

TEST(GgufWriter, RefusesWhatGgufCannotHold) {
  GgufWriter writer("test");
  writer.set("k", true);
  writer.add_tensor("t", make_f32_tensor({1}, std::vector<float>{1}));
  const auto refused = [](const std::string& part, auto action) {
    expect_error(ErrorCode::kInvalidArgument, {part}, action);
  };
  refused("key 'k' is given twice", [&] { writer.set("k", false); });
  refused("key ''", [&] { writer.set("", false); });
  refused("key 'kkk", [&] { writer.set(std::string(65536, 'k'), false); });
  refused("general.alignment", [&] { writer.set("general.alignment", std::uint32_t{32}); });
  refused("tensor 't' is given twice", [&] { writer.add_tensor("t", make_f32_tensor({1}, std::vector<float>{1})); });
  refused("tensor name ''", [&] { writer.add_tensor("", make_f32_tensor({1}, std::vector<float>{1})); });
  refused("has 0 dimensions", [&] { writer.add_tensor("x", make_f32_tensor({}, std::vector<float>{1})); });
  refused("has 5 dimensions", [&] { writer.add_tensor("x", make_f32_tensor({1, 1, 1, 1, 1}, std::vector<float>{1})); });
  refused("has shape [0, 2]", [&] { writer.add_tensor("x", make_f32_tensor({0, 2}, {})); });
  refused("is BOOL", [&] { writer.add_tensor("x", bytes_tensor(DType::kBool, {1}, '\1')); });
  refused("rows of 16 values", [&] { writer.add_tensor("x", bytes_tensor(DType::kQ8_0, {2, 16}, '\1')); });
  refused("has no data", [&] { writer.add_tensor("x", Tensor{DType::kF32, {1}, nullptr, nullptr}); });
}

TEST(GgufWriter, WritesFiles) {
  const testing::TemporaryFolder folder;
  GgufWriter writer("test");
  writer.add_tensor("a", make_f32_tensor({1000}, std::vector<float>(1000, 3)));
  const auto path = folder.path() / "m.gguf";
  writer.write(path);
  EXPECT_EQ(read_file(path), writer.to_bytes());
  EXPECT_EQ(GgufFile::open(path)->name(), path.string());
  expect_error(ErrorCode::kInvalidArgument, {"alignment 7"}, [&] { writer.write(path, 7); });
  EXPECT_EQ(read_file(path), writer.to_bytes()) << "a failed write must leave the old file";
}

TEST(GgufWriter, MakesTensorsWhileItWrites) {
  const std::vector<float> values = {1, 2, 3, 4, 5};
  GgufWriter plain("test");
  plain.add_tensor("a", make_f32_tensor({5}, values));
  plain.add_tensor("b", make_f32_tensor({1}, std::vector<float>{7}));
  const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  GgufWriter streamed("test");
  streamed.add_tensor("a", DType::kF32, {5}, [&](const GgufWriter::Sink& sink) {
    sink(bytes.substr(0, 3));
    sink(bytes.substr(3));
  });
  streamed.add_tensor("b", make_f32_tensor({1}, std::vector<float>{7}));
  EXPECT_EQ(streamed.to_bytes(), plain.to_bytes());
  EXPECT_EQ(streamed.file_bytes(), plain.to_bytes().size());
  EXPECT_EQ(streamed.file_bytes(4096), plain.to_bytes(4096).size());

  for (const std::size_t n : {std::size_t{19}, std::size_t{21}}) {
    GgufWriter wrong("test");
    wrong.add_tensor("a", DType::kF32, {5}, [n](const GgufWriter::Sink& sink) { sink(std::string(n, 'x')); });
    expect_error(ErrorCode::kInternal, {"tensor 'a' came as " + std::to_string(n)}, [&] { wrong.to_bytes(); });
  }
}

}  // namespace
}  // namespace hearth
