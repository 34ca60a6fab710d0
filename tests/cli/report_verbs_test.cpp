// inspect, doctor, config, version, help.
#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class ReportVerbs : public ProgramTest {};

TEST_F(ReportVerbs, Inspect) {
  const Finished finished = run({"inspect", llama({.chat_template = kChatTemplate, .license = "mit"})});
  EXPECT_EQ(finished.status, 0);
  for (const char* part :
       {"name            Tiny\n", "architecture    llama\n", "GGUF v3", "dtypes          F32 100.0 %",
        "context         64 tokens\n", "heads           9 of 32, 3 for keys and values\n",
        "SentencePiece BPE, 288 tokens, BOS 1, EOS 2", "license         mit\n", "its own, ", " at 64 tokens\n"}) {
    EXPECT_THAT(finished.out, HasSubstr(part));
  }
  EXPECT_THAT(run({"inspect", llama()}).out, HasSubstr("chat template   none: the model continues text\n"));
  EXPECT_THAT(run({"inspect", bert()}).out, HasSubstr("purpose         embeds, mean pooling\n"));
}

TEST_F(ReportVerbs, InspectJson) {
  const auto report = parsed(run({"inspect", llama(), "--json", "--tensors", "--metadata", "--ctx", "32"}));
  EXPECT_EQ(report.at("architecture"), "llama");
  // Embedding and output, the last norm, and for each of two layers: q and attention output, k and v, feed-forward,
  // norms.
  const std::int64_t parameters = 2 * 288 * 288 + 288 + 2 * (2 * 288 * 288 + 2 * 96 * 288 + 3 * 64 * 288 + 2 * 288);
  EXPECT_EQ(report.at("parameters").to_number<std::int64_t>(), parameters);
  EXPECT_EQ(report.at("tensors").as_array().size(), 3U + 2 * 9);
  EXPECT_EQ(report.at("metadata").at("general.name"), "Tiny");
  EXPECT_EQ(report.at("memory").at("context"), 32);
  // Keys and values of 32 tokens in 2 layers with 3 heads of 32: F32, as the weights are.
  EXPECT_GE(report.at("memory").at("kv_cache").to_number<std::int64_t>(), 2 * 32 * 2 * 3 * 32 * 4);
  EXPECT_EQ(report.at("chat_template"), "");
  EXPECT_EQ(report.at("dtypes").as_array().size(), 1U);
}

TEST_F(ReportVerbs, InspectLists) {
  const Finished finished = run({"inspect", llama({.name = "evil\x1B[2Jname"}), "--tensors", "--metadata"});
  EXPECT_THAT(finished.out, HasSubstr("blk.1.attn_q.weight"));
  EXPECT_THAT(finished.out, HasSubstr("llama.block_count = 2\n"));
  EXPECT_THAT(finished.out, Not(HasSubstr("\x1B")));
}

TEST_F(ReportVerbs, InspectRefuses) {
  EXPECT_EQ(run({"inspect"}).status, 2);
  EXPECT_EQ(run({"inspect", "missing.gguf"}).status, 1);
  EXPECT_EQ(run({"inspect", file("x.gguf", "GGUF")}).status, 1);
}

TEST_F(ReportVerbs, Doctor) {
  const Finished finished = run({"doctor"});
  EXPECT_EQ(finished.status, 0);
  for (const char* part :
       {"cpu features", "kernels", "memory", "default model   none yet\n", ".config/hearth/config.toml"}) {
    EXPECT_THAT(finished.out, HasSubstr(part));
  }
  const std::string model = llama();
  EXPECT_THAT(run({"doctor", model}).out, HasSubstr("verdict         fits\n"));
  run({"run", model, "-n", "1", "a"});
  const auto report = parsed(run({"doctor", "--json", model}));
  EXPECT_EQ(report.at("model").at("fits"), true);
  EXPECT_EQ(report.at("default_model").at("origin"), "last used");
  EXPECT_GT(report.at("memory_total").to_number<std::int64_t>(), 0);
  EXPECT_EQ(run({"doctor", "missing.gguf"}).status, 1);
}

TEST_F(ReportVerbs, DoctorShowsAndClearsPackedWeights) {
  const std::filesystem::path folder = home() / ".local/share/hearth/packed";
  EXPECT_EQ(parsed(run({"doctor", "--json"})).at("packed_weights").at("files"), 0);
  std::filesystem::create_directories(folder);
  file(".local/share/hearth/packed/a.packed", std::string(1000, 'x'));
  file(".local/share/hearth/packed/a.seen", "x");
  file(".local/share/hearth/packed/b.packed.1.2.tmp", std::string(2000, 'x'));  // its writer was killed
  const auto packed = parsed(run({"doctor", "--json"})).at("packed_weights");
  EXPECT_EQ(packed.at("folder").as_string(), folder.string());
  EXPECT_EQ(packed.at("files"), 1);
  EXPECT_EQ(packed.at("bytes"), 1000);
  EXPECT_EQ(packed.at("writing_bytes"), 0);
  EXPECT_EQ(packed.at("abandoned_bytes"), 2000);
  EXPECT_THAT(run({"doctor"}).out, HasSubstr("of packed weights in 1 file, 2.0 KiB half-written by a process that"));
  EXPECT_THAT(run({"doctor", "--clear-packed"}).out, HasSubstr("of packed weights in 1 file, 2.0 KiB half-written"));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(ReportVerbs, DoctorSaysWhetherAModelFits) {
  // The largest context there is: 72 GiB of KV cache, which some machines have.
  const std::string model = llama({.context = 16'777'216});
  for (const char* context : {"64", "16777216"}) {
    const Finished finished = run({"doctor", model, "--ctx", context, "--kv-type", "f32", "--json"});
    const json::value report = parsed(finished);
    const bool fits = report.at("model").at("memory").at("total").to_number<std::uint64_t>() <=
                      report.at("memory_available").to_number<std::uint64_t>();
    EXPECT_EQ(report.at("model").at("fits").as_bool(), fits);
    EXPECT_EQ(finished.status, fits ? 0 : 1);
    EXPECT_THAT(run({"doctor", model, "--ctx", context, "--kv-type", "f32"}).out,
                HasSubstr(fits ? "verdict         fits" : "verdict         does not fit: "));
  }
  EXPECT_EQ(run({"doctor", model, "--ctx", "2000000000"}).status, 2) << "no model has so much";
}

TEST_F(ReportVerbs, DoctorNamesTheKernelsThatAreForced) {
  const auto report =
      parsed(run(Start{.arguments = {"doctor", "--json"}, .environment = {{"HEARTH_CPU", "portable"}}}));
  EXPECT_EQ(report.at("kernels"), "portable");
}

TEST_F(ReportVerbs, ConfigTellsWhereEachValueComesFrom) {
  file(".env", "HEARTH_CONTEXT=128\nSECRET=x\n");
  std::filesystem::create_directories(home() / ".config/hearth");
  file(".config/hearth/config.toml", "kv_type = \"f16\"\ncontext = 64\n");
  const Start start{.arguments = {"config", "--json", "--exact"}, .environment = {{"HEARTH_THREADS", "3"}}};
  const auto settings = parsed(run(start));
  const auto expect = [&](const char* name, const std::string& value, const std::string& origin) {
    EXPECT_EQ(settings.at(name).at("value").as_string(), value.c_str());
    EXPECT_EQ(settings.at(name).at("origin").as_string(), origin.c_str());
  };
  expect("exact", "true", "flag");
  expect("threads", "3", "environment HEARTH_THREADS");
  expect("context", "128", (home() / ".env").string());
  expect("kv_type", "f16", (home() / ".config/hearth/config.toml").string());
  expect("max_tokens", "-1", "default");
  EXPECT_EQ(run({"config", "context"}).out, "128\n");
  EXPECT_THAT(run({"config"}).out, HasSubstr("config.toml"));
  EXPECT_THAT(run({"config"}).out, Not(HasSubstr("SECRET")));
}

TEST_F(ReportVerbs, ConfigRefuses) {
  const Finished unknown = run({"config", "temprature"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'temperature'?"));
  std::filesystem::create_directories(home() / ".config/hearth");
  file(".config/hearth/config.toml", "\nthreds = 2\n");
  const Finished bad = run({"config"});
  EXPECT_NE(bad.status, 0);
  EXPECT_THAT(bad.err, HasSubstr("config.toml line 2: there is no setting 'threds'\n"));
}

TEST_F(ReportVerbs, Version) {
  const Finished flag = run({"--version"});
  EXPECT_EQ(flag.status, 0);
  EXPECT_THAT(flag.out, ::testing::MatchesRegex("hearth [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(run({"version"}).out, flag.out);
  EXPECT_EQ("hearth " + std::string(parsed(run({"version", "--json"})).at("version").as_string()) + "\n", flag.out);
}

TEST_F(ReportVerbs, EveryVerbHasHelpWithExamples) {
  const Finished overview = run({"--help"});
  EXPECT_EQ(overview.status, 0);
  EXPECT_EQ(run(Start{}).out, overview.out);
  for (const char* verb : {"run", "chat", "inspect", "tokenize", "detokenize", "template", "logits", "embed",
                           "similarity", "perplexity", "bench", "doctor", "config", "version"}) {
    EXPECT_THAT(overview.out, HasSubstr("\n  " + std::string(verb) + " "));
    const Finished help = run({verb, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.out, StartsWith("Usage: hearth " + std::string(verb)));
    EXPECT_THAT(help.out, HasSubstr("Examples:\n  "));
    EXPECT_EQ(run({"help", verb}).out, help.out);
  }
}

TEST_F(ReportVerbs, UnknownVerbsAreWrongUsage) {
  const Finished near = run({"tokenise", "x"});
  EXPECT_EQ(near.status, 2);
  EXPECT_EQ(near.err, "hearth: there is no verb 'tokenise'\ndid you mean 'tokenize'?\n");
  EXPECT_THAT(near.out, IsEmpty());
  EXPECT_EQ(run({"frobnicate"}).err, "hearth: there is no verb 'frobnicate'\n'hearth --help' lists the verbs\n");
  EXPECT_EQ(run({"--frobnicate"}).status, 2);
}

}  // namespace
}  // namespace hearth::testing
