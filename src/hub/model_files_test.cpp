#include "hub/model_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ModelFiles, GgufBestFirst) {
  const std::vector<NamedSize> files = {{"README.md", 5},       {"m-q4_k_m.gguf", 40}, {"m-q8_0.gguf", 80},
                                        {"mmproj-f16.gguf", 9}, {"m-fp16.gguf", 160},  {"sub/other.gguf", 7}};
  const auto models = find_models(files);
  ASSERT_EQ(models.size(), 4U);
  EXPECT_EQ(models[0].quantization, "F16");
  EXPECT_EQ(models[1].quantization, "Q8_0");
  EXPECT_EQ(models[2].quantization, "Q4_K_M");
  EXPECT_THAT(models[3].files, ElementsAre("sub/other.gguf"));
}

TEST(ModelFiles, SplitFilesAreOne) {
  std::vector<NamedSize> files = {{"m-q8_0-00002-of-00002.gguf", 2}, {"m-q8_0-00001-of-00002.gguf", 3}};
  const auto models = find_models(files);
  ASSERT_EQ(models.size(), 1U);
  EXPECT_THAT(models[0].files, ElementsAre("m-q8_0-00001-of-00002.gguf", "m-q8_0-00002-of-00002.gguf"));
  EXPECT_EQ(models[0].bytes, 5U);
  EXPECT_EQ(models[0].quantization, "Q8_0");
  files.pop_back();
  EXPECT_TRUE(find_models(files).empty());  // a part is missing
}

TEST(ModelFiles, SafetensorsWithTheirCompanionsAndNothingElse) {
  const std::vector<NamedSize> files = {{"config.json", 1},
                                        {"model-00001-of-00002.safetensors", 10},
                                        {"model-00002-of-00002.safetensors", 10},
                                        {"model.safetensors.index.json", 1},
                                        {"tokenizer.json", 1},
                                        {"pytorch_model.bin", 20},
                                        {"modeling_evil.py", 1},
                                        {"consolidated.safetensors", 20},
                                        {"onnx/model.onnx", 20},
                                        {"1_Pooling/config.json", 1},
                                        {"README.md", 1}};
  const auto models = find_models(files);
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].files.front(), "config.json");
  EXPECT_EQ(models[0].files.size(), 6U);
  EXPECT_EQ(models[0].weight_bytes, 20U);
  EXPECT_THAT(models[0].files, Contains("1_Pooling/config.json"));
  for (const char* unwanted : {"pytorch_model.bin", "modeling_evil.py", "onnx/model.onnx", "README.md"}) {
    EXPECT_THAT(models[0].files, Not(Contains(unwanted)));
    EXPECT_FALSE(is_wanted_file(unwanted));
  }
  EXPECT_TRUE(find_models(std::vector<NamedSize>{{"config.json", 1}, {"pytorch_model.bin", 1}}).empty());
}

TEST(ModelFiles, OneFileOfWeightsIsPreferredToShards) {
  const std::vector<NamedSize> files = {
      {"config.json", 1}, {"model-00001-of-00001.safetensors", 10}, {"model.safetensors", 12}};
  EXPECT_THAT(find_models(files)[0].files, ElementsAre("config.json", "model.safetensors"));
}

TEST(ModelFiles, TheBestThatFits) {
  const auto models = find_models(std::vector<NamedSize>{
      {"f16.gguf", 160}, {"q8_0.gguf", 80}, {"q6_k.gguf", 60}, {"q4_k_m.gguf", 40}, {"q2_k.gguf", 30}});
  const auto chosen = [&](std::uint64_t memory) {
    const Choice choice =
        choose_quantization(models, memory, [](const ModelFiles& model) { return model.weight_bytes + 10; });
    return models[choice.index].quantization + (choice.fits ? "" : " does not fit");
  };
  EXPECT_EQ(chosen(1000), "Q8_0");
  EXPECT_EQ(chosen(90), "Q8_0");
  EXPECT_EQ(chosen(89), "Q6_K");
  EXPECT_EQ(chosen(50), "Q4_K_M");
  EXPECT_EQ(chosen(10), "Q2_K does not fit");
  const auto large = find_models(std::vector<NamedSize>{{"f16.gguf", 160}, {"f32.gguf", 320}});
  EXPECT_EQ(large[choose_quantization(large, 1000, [](const ModelFiles& m) { return m.bytes; }).index].quantization,
            "F32");
}

TEST(ModelFiles, WhatHearthDoesNotRunIsNotChosen) {
  const auto models = find_models(std::vector<NamedSize>{{"m-IQ2_M.gguf", 20}, {"m-Q4_K_M.gguf", 40}});
  const auto need = [](const ModelFiles& model) { return model.weight_bytes; };
  EXPECT_EQ(models[choose_quantization(models, 100, need).index].quantization, "Q4_K_M");
  const Choice tight = choose_quantization(models, 30, need);
  EXPECT_EQ(models[tight.index].quantization, "Q4_K_M");
  EXPECT_FALSE(tight.fits);
  const auto others = find_models(std::vector<NamedSize>{{"m-IQ2_M.gguf", 20}, {"m-IQ1_S.gguf", 10}});
  EXPECT_THAT(choose_quantization(others, 100, need).reason, HasSubstr("runs none of them"));
  const auto folder = find_models(std::vector<NamedSize>{{"config.json", 1}, {"model.safetensors", 5}});
  EXPECT_EQ(choose_quantization(folder, 100, need).reason, "the folder of safetensors: the only one there is");
}

TEST(ModelFiles, ShardsOfOneSetOnly) {
  const std::vector<NamedSize> files = {{"config.json", 1},
                                        {"model-00001-of-00002.safetensors", 10},
                                        {"model-00002-of-00002.safetensors", 10},
                                        {"model.fp16.safetensors", 12},
                                        {"rest.safetensors", 12}};
  EXPECT_THAT(find_models(files)[0].files,
              ElementsAre("config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"));
}

TEST(ModelFiles, SplitNames) {
  std::string stem;
  int part = 0, parts = 0;
  EXPECT_TRUE(parse_split_name("a-00002-of-00003.gguf", stem, part, parts));
  EXPECT_EQ(stem, "a");
  EXPECT_EQ(part, 2);
  EXPECT_EQ(parts, 3);
  for (const char* name : {"a.gguf", "-00001-of-00001.gguf", "a-00004-of-00003.gguf", "a-00000-of-00003.gguf",
                           "a-0000x-of-00003.gguf", "a-00001-of-00003.bin", ""}) {
    EXPECT_FALSE(parse_split_name(name, stem, part, parts)) << name;
  }
}

}  // namespace
}  // namespace hearth
