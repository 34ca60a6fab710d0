#include "hub/quantize/file_size.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "format/gguf.h"
#include "hearth/convert.h"
#include "support/fixtures.h"

namespace hearth {
namespace {

/// Gigabytes (10^9), as the pages of the repositories give them.
TEST(FileSize, IsThatOfTheHubsFiles) {
  struct Known {
    const char* name;
    const char* quantization;
    double gigabytes;
  };
  for (const Known& known : {Known{"tinyllama", "Q4_K_M", 0.669},    Known{"tinyllama", "Q8_0", 1.17},
                             Known{"phi-2", "Q4_K_M", 1.79},         Known{"phi-2", "Q8_0", 2.96},
                             Known{"phi-3", "Q4_K_M", 2.39},         Known{"phi-3", "F16", 7.64},
                             Known{"llama3.2:1b", "Q4_K_M", 0.808},  Known{"llama3.2:1b", "Q8_0", 1.32},
                             Known{"llama3.2:3b", "Q4_K_M", 2.02},   Known{"mistral-7b", "Q4_K_M", 4.37},
                             Known{"mistral-7b", "Q6_K", 5.94},      Known{"qwen2.5:0.5b", "Q8_0", 0.676},
                             Known{"qwen2.5:0.5b", "Q4_K_M", 0.491}, Known{"qwen2.5:1.5b", "Q4_K_M", 1.12},
                             Known{"qwen3:0.6b", "Q8_0", 0.639},     Known{"smollm2:135m", "Q4_K_M", 0.105},
                             Known{"codellama-7b", "Q5_K_M", 4.78},  Known{"codellama-7b", "Q8_0", 7.16},
                             Known{"qwen2.5:7b", "Q4_K_M", 4.68},    Known{"gemma-2b", "Q8_0", 2.67}}) {
    const CatalogEntry& entry = *Catalog::builtin().find(known.name)->entry;
    const auto bytes = static_cast<double>(file_bytes_of(entry, known.quantization));
    EXPECT_NEAR(bytes / 1e9 / known.gigabytes, 1, 0.015) << known.name << " " << known.quantization;
  }
}

TEST(FileSize, EveryEntrySaysItsSize) {
  for (const CatalogEntry& entry : Catalog::builtin().entries()) {
    std::vector<std::string> quantizations = entry.quantizations;
    if (quantizations.empty()) quantizations = {entry.dtype};
    for (const std::string& quantization : quantizations) {
      EXPECT_GT(file_bytes_of(entry, quantization), 0U) << entry.full_name() << " " << quantization;
    }
  }
}

TEST(FileSize, WhatIsStatedCounts) {
  const Catalog catalog = Catalog::parse(
      "[[model]]\nname = 'a'\ntag = 'b'\nrepository = 'c/d'\nquantizations = ['Q8_0', 'Q4_0']\n"
      "parameters = 1000\nsizes = { Q8_0 = 12345 }\n",
      "catalog.toml");
  EXPECT_EQ(file_bytes_of(catalog.entries()[0], "Q8_0"), 12345U);
  EXPECT_EQ(file_bytes_of(catalog.entries()[0], "Q4_0"), 575U);
  EXPECT_EQ(file_bytes_of(catalog.entries()[0], "Q99"), 0U);
}

/// What quantize_file writes is what was foretold, but for norms and biases.
TEST(FileSize, IsThatOfWhatIsWritten) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  testing::TemporaryFolder folder;
  for (const std::string family : {"llama", "qwen2", "qwen3", "gemma", "phi2", "phi3"}) {
    const auto source = fixtures / "models" / family / "model.f32.gguf";
    const auto file = GgufFile::open(source);
    const auto number = [&](const std::string& key) {
      return file->integer(file->string("general.architecture").value_or("") + "." + key).value_or(0);
    };
    CatalogEntry entry;
    entry.architecture = file->string("general.architecture").value_or("");
    entry.quantizations = {"F32", "Q8_0", "Q4_K_M", "Q5_K_M"};
    entry.n_layer = number("block_count");
    entry.n_embd = number("embedding_length");
    entry.n_head = number("attention.head_count");
    entry.n_head_kv = std::max(number("attention.head_count_kv"), std::int64_t{1});
    entry.head_dim = number("attention.key_length") > 0 ? number("attention.key_length") : entry.n_embd / entry.n_head;
    entry.n_ff = number("feed_forward_length");
    for (const auto& [name, tensor] : file->tensors().all()) {
      entry.parameters += static_cast<std::uint64_t>(tensor.shape.elements());
    }
    ASSERT_NE(file->tensors().find("token_embd.weight"), nullptr);
    entry.n_vocab = file->tensors().find("token_embd.weight")->shape[0];
    for (const std::string& type : entry.quantizations) {
      ConvertOptions options;
      options.type = type;
      options.overwrite = true;
      options.threads = 1;
      const ConvertResult result = quantize_file(source.string(), (folder.path() / "out.gguf").string(), options);
      std::uint64_t written = 0;
      for (const ConvertedShare& share : result.dtypes) written += share.bytes;
      const auto foretold = static_cast<double>(weight_bytes_of(entry, type));
      EXPECT_NEAR(foretold / static_cast<double>(written), 1, 0.03) << family << " " << type;
    }
  }
}

}  // namespace
}  // namespace hearth
