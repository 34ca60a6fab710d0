// hearth bench.
#include <csignal>

#include "program_test.h"

namespace hearth::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BenchVerb : public ProgramTest {};

TEST_F(BenchVerb, Json) {
  const auto report = parsed(run({"bench", llama(), "-p", "8,16", "-n", "4", "--depth", "0,20", "--batch", "1,2",
                                  "--threads", "1", "--repeat", "2", "--json"}));
  EXPECT_EQ(report.at("model").at("name"), "Tiny");
  EXPECT_EQ(report.at("model").at("file"), "tiny.gguf");
  EXPECT_EQ(report.at("model").at("dtype"), "F32");
  EXPECT_GT(report.at("model").at("bytes").to_number<std::int64_t>(), 0);
  EXPECT_GT(report.at("machine").at("memory").to_number<std::int64_t>(), 0);
  EXPECT_GT(report.at("machine").at("limits").at(0).at("read_bytes_per_second").to_number<double>(), 0);
  const auto& results = report.at("results").as_array();
  ASSERT_EQ(results.size(), 8U);  // for each depth two prompts, an answer alone and two together
  std::string tests;
  for (const auto& result : results) {
    tests += std::string(result.at("test").as_string()) + " ";
    const auto& rate = result.at("tokens_per_second");
    EXPECT_GT(rate.at("min").to_number<double>(), 0);
    EXPECT_LE(rate.at("min").to_number<double>(), rate.at("median").to_number<double>());
    EXPECT_LE(rate.at("median").to_number<double>(), rate.at("max").to_number<double>());
    EXPECT_EQ(result.at("threads"), 1);
    for (const char* key :
         {"n_prompt", "n_gen", "depth", "batch", "kv_bytes", "resident_bytes", "bandwidth_share", "arithmetic_share"}) {
      EXPECT_TRUE(result.as_object().contains(key)) << key;
    }
  }
  EXPECT_EQ(tests, "pp8 pp16 tg4 tg4 pp8@d20 pp16@d20 tg4@d20 tg4@d20 ");
  EXPECT_EQ(results[3].at("batch"), 2);
}

TEST_F(BenchVerb, LeavesOutWhatIsZero) {
  const auto only = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"bench", llama(), "--repeat", "1", "--json"});
    const auto report = parsed(run(std::move(flags)));
    return std::string(report.at("results").at(0).at("test").as_string()) +
           std::to_string(report.at("results").as_array().size());
  };
  EXPECT_EQ(only({"-p", "0", "-n", "4"}), "tg41");
  EXPECT_EQ(only({"-p", "4", "-n", "0"}), "pp41");
}

TEST_F(BenchVerb, Tables) {
  const Finished table = run({"bench", llama(), "-p", "8", "-n", "4", "--repeat", "1"});
  EXPECT_EQ(table.status, 0);
  for (const char* part : {"model    tiny.gguf, ", "machine  ", "limits   ", "\npp8 ", "\ntg4 "})
    EXPECT_THAT(table.out, HasSubstr(part));
  EXPECT_THAT(table.err, IsEmpty());
  const Finished markdown = run({"bench", llama(), "-p", "8", "-n", "4", "--repeat", "1", "--markdown"});
  EXPECT_THAT(markdown.out, HasSubstr("\n| test | batch | threads | tokens/s |"));
  EXPECT_THAT(markdown.out, HasSubstr("\n| tg4 | 1 | "));
}

TEST_F(BenchVerb, OfAnEmbedder) {
  const auto report = parsed(run({"bench", bert(), "-p", "8", "--batch", "4", "--repeat", "1", "--json"}));
  const auto& result = report.at("results").at(0);
  EXPECT_EQ(result.at("test"), "embed8");
  EXPECT_NEAR(result.at("texts_per_second").at("median").to_number<double>() * 8,
              result.at("tokens_per_second").at("median").to_number<double>(), 1e-6);
  EXPECT_EQ(run({"bench", bert(), "-p", "8", "-n", "4"}).status, 2);
  // Without -p: as many tokens as it can read, at most 512.
  const auto usual = parsed(run({"bench", bert(), "--repeat", "1", "--json"}));
  EXPECT_EQ(usual.at("results").at(0).at("test"), "embed64");
}

TEST_F(BenchVerb, WhatNobodyAskedForFits) {
  const auto tests = [&](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"bench", llama(), "--repeat", "1", "--json"});
    const auto report = parsed(run(std::move(flags)));
    std::string names;
    for (const auto& result : report.at("results").as_array()) {
      names += std::string(result.at("test").as_string()) + " ";
    }
    return names;
  };
  EXPECT_EQ(tests({}), "pp64 tg63 ");  // the model was made for 64 tokens
  EXPECT_EQ(tests({"--ctx", "32"}), "pp32 tg31 ");
  EXPECT_EQ(tests({"--depth", "0,40"}), "pp24 tg24 pp24@d40 tg24@d40 ");
  EXPECT_EQ(tests({"-n", "4"}), "pp64 tg4 ");
  EXPECT_THAT(run({"bench", llama(), "-p", "65"}).err, HasSubstr("pp65 needs a context of 65 tokens"));
}

TEST_F(BenchVerb, Refuses) {
  const Finished deep = run({"bench", llama(), "-p", "0", "-n", "10", "--depth", "60"});
  EXPECT_EQ(deep.status, 1);
  EXPECT_THAT(deep.err, HasSubstr("tg10@d60 needs a context of 70 tokens"));
  EXPECT_THAT(deep.out, IsEmpty());
  EXPECT_EQ(run({"bench", llama(), "-p", "0", "-n", "0"}).status, 2);
  EXPECT_EQ(run({"bench", llama(), "-p", "8,"}).status, 2);
  EXPECT_EQ(run({"bench", llama(), "-p", "-8"}).status, 2);
  EXPECT_EQ(run({"bench", llama(), "--batch", "0"}).status, 2);
  EXPECT_EQ(run({"bench", llama(), "--repeat", "0"}).status, 2);
  EXPECT_EQ(run({"bench", llama(), "--json", "--markdown"}).status, 2);
  EXPECT_EQ(run({"bench"}).status, 2);
  EXPECT_EQ(run({"bench", "missing.gguf"}).status, 1);
}

TEST_F(BenchVerb, EndsOnCtrlC) {
  HearthProcess process(home(), {.arguments = {"bench", llama(), "-p", "8", "-n", "40", "--repeat", "10000"}});
  ASSERT_TRUE(process.wait_for("tokens/s"));  // the head of the table: it measures now
  process.signal(SIGINT);
  EXPECT_EQ(process.finish().status, 130);
}

}  // namespace
}  // namespace hearth::testing
