#include "hub/model_name.h"

#include <gtest/gtest.h>

#include "hearth/error.h"

namespace hearth {
namespace {

TEST(ModelName, Plain) {
  EXPECT_EQ(parse_model_name("qwen2.5:0.5b").kind, ModelName::kPlain);
  EXPECT_EQ(parse_model_name("qwen2.5:0.5b").text, "qwen2.5:0.5b");
  EXPECT_EQ(parse_model_name("my_model").kind, ModelName::kPlain);
}

TEST(ModelName, Repositories) {
  for (const char* text : {"Qwen/Qwen3-0.6B-GGUF", "hf://Qwen/Qwen3-0.6B-GGUF", "hf.co/Qwen/Qwen3-0.6B-GGUF",
                           "https://huggingface.co/Qwen/Qwen3-0.6B-GGUF/", "https://hf.co/Qwen/Qwen3-0.6B-GGUF"}) {
    const ModelName name = parse_model_name(text);
    EXPECT_EQ(name.kind, ModelName::kRepository) << text;
    EXPECT_EQ(name.repository, "Qwen/Qwen3-0.6B-GGUF") << text;
    EXPECT_EQ(name.quantization, "") << text;
  }
  EXPECT_EQ(parse_model_name("a/b:q4_k_m").quantization, "Q4_K_M");
  EXPECT_EQ(parse_model_name("a/b:UD-q4_k_xl").quantization, "Q4_K_XL");
  EXPECT_EQ(parse_model_name("a/b:latest").quantization, "");
  EXPECT_EQ(parse_model_name("a/b:Q9").quantization, "Q9");  // the repository knows whether there is one
  const ModelName file = parse_model_name("hf://a/b/sub/m.gguf@v1.0");
  EXPECT_EQ(file.file, "sub/m.gguf");
  EXPECT_EQ(file.revision, "v1.0");
  const ModelName page = parse_model_name("https://huggingface.co/a/b/resolve/main/m-q8_0.gguf?download=true");
  EXPECT_EQ(page.repository, "a/b");
  EXPECT_EQ(page.revision, "main");
  EXPECT_EQ(page.file, "m-q8_0.gguf");
  EXPECT_EQ(parse_model_name("https://huggingface.co/a/b/tree/dev").revision, "dev");
  EXPECT_EQ(parse_model_name("http://127.0.0.1:81/a/b", "http://127.0.0.1:81/").repository, "a/b");
}

TEST(ModelName, Addresses) {
  EXPECT_EQ(parse_model_name("https://example.org/x/m.gguf").kind, ModelName::kUrl);
  EXPECT_EQ(parse_model_name("https://example.org/x/m.gguf?sig=1").text, "https://example.org/x/m.gguf?sig=1");
  EXPECT_EQ(parse_model_name("http://127.0.0.1:8080/m.gguf").kind, ModelName::kUrl);
}

TEST(ModelName, RefusesWhatLeadsElsewhere) {
  for (const char* text : {"",
                           "../etc/passwd",
                           "/etc/passwd",
                           "a/../b",
                           "a/b/../c",
                           "hf://a/b/../../c",
                           "a//b",
                           "a/b--c",
                           "a/.b",
                           "a/b.",
                           "http://example.org/m.gguf",
                           "ftp://x/m.gguf",
                           "file:///etc/passwd",
                           "https://example.org/m.zip",
                           "a/b:",
                           "a/b:Q9/x",
                           "a/b:..",
                           "na me",
                           "x:",
                           ":x",
                           "a\\b",
                           "a/b@../c",
                           "x\n",
                           "https://huggingface.co/a",
                           "https://huggingface.co/a/b/blob/../c"}) {
    EXPECT_THROW(parse_model_name(text), Error) << text;
  }
}

TEST(ModelName, PathsOfAHubStayBelow) {
  EXPECT_TRUE(is_safe_relative_path("model.gguf"));
  EXPECT_TRUE(is_safe_relative_path("1_Pooling/config.json"));
  for (const char* path : {"", "/x", "x/", "a//b", "..", "a/..", "./a", "a/.", "a\\..\\b", "a\nb", "\x7F", "\xFF"}) {
    EXPECT_FALSE(is_safe_relative_path(path)) << path;
  }
  EXPECT_FALSE(is_safe_relative_path(std::string("a\0b", 3)));
  EXPECT_FALSE(is_safe_relative_path(std::string(600, 'a')));
  EXPECT_FALSE(is_object_id("main"));
  EXPECT_FALSE(is_object_id(std::string(39, 'a')));
  EXPECT_TRUE(is_object_id(std::string(40, 'a')));
  EXPECT_TRUE(is_object_id(std::string(64, '0')));
  EXPECT_FALSE(is_object_id(std::string(40, 'G')));
}

}  // namespace
}  // namespace hearth
