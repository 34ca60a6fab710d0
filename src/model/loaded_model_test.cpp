// Files that are whole as GGUF but wrong as models: each is refused by an error that names the file and the thing.
#include "model/loaded_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "format/gguf_writer.h"
#include "hearth/error.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

using ::testing::HasSubstr;

/// A tiny llama written again with changes: `value` may replace a metadata value (or drop it: nullopt), `tensor`
/// likewise.
struct Changes {
  std::function<std::optional<GgufValue>(const std::string& key, GgufValue value)> value =
      [](const auto&, GgufValue v) { return v; };
  std::function<std::optional<Tensor>(const std::string& name, Tensor tensor)> tensor = [](const auto&, Tensor t) {
    return t;
  };
  std::vector<std::pair<std::string, Tensor>> more;
};

class BrokenModel : public ::testing::Test {
 protected:
  /// The message of the error that loading the changed file gives; "" when it loads.
  std::string load(const Changes& changes) {
    const auto source_path = folder_.path() / "source.gguf";
    testing::make_tiny_llama(source_path);
    const auto source = GgufFile::open(source_path);
    GgufWriter writer(source->require_string("general.architecture"));
    for (const auto& [key, value] : source->metadata()) {
      if (key == "general.architecture") continue;
      if (const auto changed = changes.value(key, value)) writer.set_raw(key, *changed);
    }
    for (const auto& [name, tensor] : source->tensors().all()) {
      if (const auto changed = changes.tensor(name, tensor)) writer.add_tensor(name, *changed);
    }
    for (const auto& [name, tensor] : changes.more) writer.add_tensor(name, tensor);
    const auto path = folder_.path() / "broken.gguf";
    writer.write(path);
    try {
      load_model(path.string());
    } catch (const Error& error) {
      EXPECT_THAT(error.message(), HasSubstr("broken.gguf"));
      return error.message();
    }
    return "";
  }

  std::string load_with_number(const std::string& key, std::uint64_t number) {
    Changes changes;
    changes.value = [&](const std::string& at, GgufValue value) -> std::optional<GgufValue> {
      if (at == key) return GgufValue{GgufType::kU64, number};
      return value;
    };
    return load(changes);
  }

  std::string load_without_key(const std::string& key) {
    Changes changes;
    changes.value = [&](const std::string& at, GgufValue value) -> std::optional<GgufValue> {
      if (at == key) return std::nullopt;
      return value;
    };
    return load(changes);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BrokenModel, UnchangedLoads) { EXPECT_EQ(load({}), ""); }

TEST_F(BrokenModel, LayerCountsThatDoNotMatch) {
  EXPECT_THAT(load_with_number("llama.block_count", 3), HasSubstr("'blk.2."));
  EXPECT_THAT(load_with_number("llama.block_count", 1), HasSubstr("blk.1."));
}

TEST_F(BrokenModel, AbsurdNumbers) {
  for (const char* key : {"llama.block_count", "llama.embedding_length", "llama.feed_forward_length",
                          "llama.attention.head_count", "llama.attention.head_count_kv", "llama.context_length"}) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
      if (std::string(key) == "llama.context_length" && number == 7) continue;  // small, but possible
      EXPECT_NE(load_with_number(key, number), "") << key << " = " << number;
    }
  }
}

TEST_F(BrokenModel, MissingKeysAreNamed) {
  for (const char* key : {"llama.block_count", "llama.embedding_length", "llama.attention.head_count",
                          "llama.context_length", "tokenizer.ggml.model", "tokenizer.ggml.tokens"}) {
    EXPECT_THAT(load_without_key(key), HasSubstr(key));
  }
}

TEST_F(BrokenModel, EveryTensorIsNeeded) {
  testing::make_tiny_llama(folder_.path() / "names.gguf");
  const auto file = GgufFile::open(folder_.path() / "names.gguf");
  for (const auto& entry : file->tensors().all()) {
    const std::string& name = entry.first;
    if (name == "output.weight") continue;  // without it the embedding serves
    Changes changes;
    changes.tensor = [&](const std::string& at, Tensor t) { return at == name ? std::nullopt : std::optional(t); };
    EXPECT_THAT(load(changes), HasSubstr(name));
  }
}

TEST_F(BrokenModel, WrongShapesAreNamed) {
  Changes changes;
  changes.tensor = [](const std::string& name, Tensor t) -> std::optional<Tensor> {
    if (name == "blk.0.attn_q.weight") t = t.rows(0, t.shape[0] - 1);
    return t;
  };
  EXPECT_THAT(load(changes), ::testing::AllOf(HasSubstr("blk.0.attn_q.weight"), HasSubstr("shape")));
}

TEST_F(BrokenModel, ATensorWithoutAPlaceIsRefused) {
  Changes changes;
  changes.more.emplace_back("blk.0.ssm_a", make_f32_tensor({2}, std::vector<float>{1, 2}));
  EXPECT_THAT(load(changes), HasSubstr("blk.0.ssm_a"));
}

TEST_F(BrokenModel, TokensAndRowsMustAgree) {
  Changes changes;
  changes.tensor = [](const std::string& name, Tensor t) -> std::optional<Tensor> {
    if (name == "token_embd.weight" || name == "output.weight") t = t.rows(0, t.shape[0] - 1);
    return t;
  };
  EXPECT_THAT(load(changes), HasSubstr("tokens"));
}

TEST_F(BrokenModel, UnknownArchitecturesListTheKnownOnes) {
  const auto path = folder_.path() / "mamba.gguf";
  GgufWriter("mamba").write(path);
  try {
    load_model(path.string());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.message(),
                ::testing::AllOf(HasSubstr("'mamba' is not supported"), HasSubstr("llama"), HasSubstr("bert")));
  }
}

TEST(LoadModel, MissingFilesAreNamed) {
  try {
    load_model("/nowhere/model.gguf");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.message(), HasSubstr("/nowhere/model.gguf"));
  }
}

}  // namespace
}  // namespace hearth
