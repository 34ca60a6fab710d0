#include <gtest/gtest.h>

#include "base/file.h"
#include "format/safetensors.h"
#include "format/testing/expect_error.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

using testing::expect_error;

class SafetensorsIndex : public ::testing::Test {
 protected:
  SafetensorsIndex() {
    const Tensor one = make_f32_tensor({1}, std::vector<float>{1});
    write_safetensors(folder_.path() / "m-1.safetensors", {{"a", one}, {"b", one}});
    write_safetensors(folder_.path() / "m-2.safetensors", {{"c", one}});
  }
  std::filesystem::path path() const { return folder_.path() / "model.safetensors.index.json"; }
  std::vector<std::filesystem::path> read(const std::string& index) {
    write_file_atomic(path(), index);
    return read_safetensors_index(path(), table_);
  }
  void fails(ErrorCode code, const std::string& index, std::initializer_list<std::string> parts) {
    expect_error(code, parts, [&] { read(index); });
    EXPECT_TRUE(table_.empty()) << "a model that fails adds nothing";
  }

  testing::TemporaryFolder folder_;
  TensorTable table_;
};

TEST_F(SafetensorsIndex, ReadsAllShards) {
  const auto shards = read(
      R"({"metadata":{"total_size":12},"weight_map":{"a":"m-1.safetensors","c":"m-2.safetensors","b":"m-1.safetensors"}})");
  EXPECT_EQ(shards, (std::vector{folder_.path() / "m-1.safetensors", folder_.path() / "m-2.safetensors"}));
  EXPECT_EQ(table_.all().size(), 3u);
}

TEST_F(SafetensorsIndex, ListedTensorsMustBeThere) {
  fails(ErrorCode::kCorruptData, R"({"weight_map":{"x":"m-1.safetensors"}})",
        {path().string() + ": tensor 'x' is not in", "m-1.safetensors"});
  fails(ErrorCode::kCorruptData, R"({"weight_map":{"c":"m-1.safetensors"}})", {"tensor 'c' is not in"});
  fails(ErrorCode::kNotFound, R"({"weight_map":{"a":"m-1.safetensors","x":"m-3.safetensors"}})",
        {"m-3.safetensors: no such file"});
}

TEST_F(SafetensorsIndex, ShardsLieBesideTheIndex) {
  for (const char* name : {"/etc/m.safetensors", "../m-1.safetensors", "sub/m-1.safetensors", "..", ".", "",
                           "m-1.safetensors/", "..\\\\m.safetensors", "m-1.bin", "m\\u0000.safetensors"}) {
    fails(ErrorCode::kCorruptData, std::string(R"({"weight_map":{"a":")") + name + "\"}}",
          {path().string() + ": weight_map: 'a' is in '", "in the same folder"});
  }
}

TEST_F(SafetensorsIndex, AnIndexThatIsNone) {
  fails(ErrorCode::kCorruptData, "{", {path().string() + ": not valid JSON"});
  fails(ErrorCode::kCorruptData, "[]", {path().string() + ": expected a JSON object"});
  fails(ErrorCode::kCorruptData, "{}", {path().string() + ": weight_map is missing"});
  fails(ErrorCode::kCorruptData, R"({"weight_map":{}})", {path().string() + ": weight_map is empty"});
  fails(ErrorCode::kCorruptData, R"({"weight_map":[]})", {path().string() + ": weight_map must be an object"});
  fails(ErrorCode::kCorruptData, R"({"weight_map":{"a":1}})",
        {path().string() + ": weight_map: 'a' must be a file name"});
  fails(ErrorCode::kCorruptData, R"({"weight_map":{"a":"m-1.safetensors","a":"m-2.safetensors"}})",
        {"the key 'a' is there twice"});
}

TEST_F(SafetensorsIndex, ATensorInTwoShardsIsRefused) {
  write_safetensors(folder_.path() / "m-2.safetensors", {{"c", make_f32_tensor({1}, std::vector<float>{1})},
                                                         {"a", make_f32_tensor({1}, std::vector<float>{1})}});
  fails(ErrorCode::kCorruptData, R"({"weight_map":{"a":"m-1.safetensors","c":"m-2.safetensors"}})",
        {"m-2.safetensors: tensor 'a' is there twice"});
}

}  // namespace
}  // namespace hearth
