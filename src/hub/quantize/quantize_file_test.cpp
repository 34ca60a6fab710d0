#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>

#include "base/file.h"
#include "format/gguf.h"
#include "format/gguf_writer.h"
#include "hearth/convert.h"
#include "kernels/dequantize.h"
#include "model/loaded_model.h"
#include "support/fixtures.h"
#include "support/tiny_model.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class QuantizeFile : public ::testing::Test {
 protected:
  QuantizeFile() { testing::make_tiny_llama(source_); }

  ConvertResult quantize(const std::string& type) {
    options_.type = type;
    options_.threads = 2;
    return quantize_file(source_.string(), destination_.string(), options_);
  }
  /// The error of a quantisation that must fail and leave nothing behind.
  Error failure(const std::string& type) {
    const auto before = files();
    try {
      quantize(type);
    } catch (const Error& error) {
      EXPECT_EQ(files(), before);
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::kInternal, ""};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  /// A file of one matrix with these values.
  void write_source(const std::vector<float>& values, std::int64_t n_in, const std::string& name = "output.weight") {
    GgufWriter writer("llama");
    writer.add_tensor(name, make_f32_tensor({static_cast<std::int64_t>(values.size()) / n_in, n_in}, values));
    writer.write(source_);
  }

  testing::TemporaryFolder folder_;
  fs::path source_ = folder_.path() / "source.gguf";
  fs::path destination_ = folder_.path() / "out.gguf";
  ConvertOptions options_;
};

TEST_F(QuantizeFile, KeepsMetadataAndLoads) {
  const auto before = GgufFile::open(source_);
  for (const ConversionType& type : conversion_types()) {
    SCOPED_TRACE(type.name);
    options_.overwrite = true;
    const ConvertResult result = quantize(type.name);
    EXPECT_EQ(result.file_bytes, fs::file_size(destination_));
    EXPECT_NO_THROW(load_model(destination_.string()));
    const auto after = GgufFile::open(destination_);
    for (const auto& [key, value] : before->metadata()) {
      if (key == "general.file_type") continue;
      ASSERT_NE(after->find(key), nullptr) << key;
      EXPECT_EQ(describe(*after->find(key)), describe(value)) << key;
    }
    EXPECT_EQ(after->integer("general.quantization_version"), 2);
    EXPECT_EQ(after->tensors().all().size(), before->tensors().all().size());
  }
}

TEST_F(QuantizeFile, F32ToF32IsTheSame) {
  quantize("F32");
  const auto before = GgufFile::open(source_);
  const auto after = GgufFile::open(destination_);
  for (const auto& [name, tensor] : before->tensors().all()) {
    const Tensor* copy = after->tensors().find(name);
    ASSERT_NE(copy, nullptr);
    ASSERT_EQ(copy->bytes(), tensor.bytes());
    EXPECT_EQ(std::memcmp(copy->data, tensor.data, tensor.bytes()), 0) << name;
  }
}

/// Large enough for several batches and many pieces a thread; the number of threads must not show.
TEST_F(QuantizeFile, ThreadsDoNotShow) {
  std::vector<float> values(std::size_t{3} * 1024 * 2048);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i % 100003));
  write_source(values, 1024);
  for (const char* type : {"Q4_K_M", "Q8_0"}) {
    std::string first;
    for (const int threads : {1, 3}) {
      options_.overwrite = true;
      options_.type = type;
      options_.threads = threads;
      quantize_file(source_.string(), destination_.string(), options_);
      const std::string bytes = read_file(destination_);
      if (threads == 1) first = bytes;
      EXPECT_TRUE(first == bytes) << type;
    }
    const auto file = GgufFile::open(destination_);
    const Tensor& tensor = *file->tensors().find("output.weight");
    EXPECT_EQ(tensor.dtype, std::string(type) == "Q8_0" ? DType::kQ8_0 : DType::kQ6_K);
    std::vector<float> back(values.size());
    dequantize(tensor.dtype, tensor.data, tensor.elements(), back.data());
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::fabs(double{values[i]} - back[i]));
    EXPECT_LT(worst, 0.03) << "a row in the wrong place is off by 1";
  }
}

TEST_F(QuantizeFile, ReportsProgress) {
  std::vector<ConvertProgress> reports;
  options_.progress = [&](const ConvertProgress& now) { reports.push_back(now); };
  const ConvertResult result = quantize("Q8_0");
  ASSERT_THAT(reports, ::testing::Not(IsEmpty()));
  EXPECT_EQ(reports.back().done, reports.back().total);
  EXPECT_EQ(reports.back().total, result.source_bytes);
  for (std::size_t i = 1; i < reports.size(); ++i) EXPECT_GE(reports[i].done, reports[i - 1].done);
}

TEST_F(QuantizeFile, RefusesDestinations) {
  quantize("Q8_0");
  EXPECT_THAT(failure("Q8_0").message(), HasSubstr("is there already"));
  options_.overwrite = true;
  EXPECT_NO_THROW(quantize("Q8_0"));
  destination_ = source_;
  EXPECT_THAT(failure("Q8_0").message(), HasSubstr("is the file that is read"));
  destination_ = folder_.path();
  EXPECT_THAT(failure("Q8_0").message(), HasSubstr("is a folder"));
  destination_ = folder_.path() / "none" / "out.gguf";
  EXPECT_EQ(failure("Q8_0").code(), ErrorCode::kNotFound);
}

TEST_F(QuantizeFile, RefusesToQuantiseTwice) {
  quantize("Q8_0");
  fs::rename(destination_, source_);
  const Error error = failure("Q4_K_M");
  EXPECT_THAT(error.message(), HasSubstr("is Q8_0 already"));
  EXPECT_THAT(error.hint(), HasSubstr("--requantize"));
  options_.requantize = true;
  EXPECT_NO_THROW(quantize("Q4_K_M"));
}

TEST_F(QuantizeFile, RefusesNumbersThatDoNotFit) {
  for (const float bad : {NAN, INFINITY, -INFINITY, 1e6F}) {
    std::vector<float> values(512 * 4, 0.5F);
    values[512 * 2 + 7] = bad;
    write_source(values, 512);
    for (const char* type : {"Q4_K_M", "Q6_K", "Q8_0", "Q4_0", "F16"}) {
      const Error error = failure(type);
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_THAT(error.message(), HasSubstr("tensor 'output.weight' has the value"));
      EXPECT_THAT(error.message(), HasSubstr("in row 2"));
    }
    options_.overwrite = true;
    EXPECT_NO_THROW(quantize("BF16"));
    fs::remove(destination_);
  }
}

TEST_F(QuantizeFile, RefusesWhatIsNoModel) {
  std::ofstream(source_, std::ios::trunc) << "GGUF, but not really";
  EXPECT_EQ(failure("Q8_0").code(), ErrorCode::kUnsupported);
  fs::remove(source_);
  EXPECT_EQ(failure("Q8_0").code(), ErrorCode::kNotFound);
  GgufWriter writer("llama");
  const std::vector<std::int32_t> numbers(64 * 2);
  writer.add_tensor("blk.0.attn_q.weight",
                    Tensor{DType::kI32, {2, 64}, reinterpret_cast<const std::byte*>(numbers.data()), nullptr});
  writer.write(source_);
  EXPECT_THAT(failure("Q8_0").message(), HasSubstr("has type I32, which is not for weights"));
}

TEST_F(QuantizeFile, StopsWhenAsked) {
  const std::atomic<bool> cancel = true;
  options_.cancel = &cancel;
  EXPECT_EQ(failure("Q8_0").code(), ErrorCode::kCancelled);
}

/// What a full disk does to a write, by the limit on the size of a file.
TEST_F(QuantizeFile, AFullDiskLeavesNothing) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Error error = failure("Q8_0");
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_THAT(error.message(), HasSubstr("out.gguf"));
}

/// Where llama-quantize falls back to other types, and says so; the counts are llama.cpp 0.7's for this file.
TEST_F(QuantizeFile, WhatAKilledOneLeftIsCleared) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_GT(child, 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const auto leave = [&](const std::string& ending, bool is_old) {
    const fs::path path = destination_.string() + ending;
    std::ofstream(path) << "half a model";
    if (is_old) fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
    return path;
  };
  const std::string dead = std::to_string(child), alive = std::to_string(::getpid());
  const fs::path abandoned = leave("." + dead + ".0.tmp", true);
  const std::vector<fs::path> others = {leave("." + dead + ".1.tmp", false),
                                        leave("." + alive + ".77.tmp", true),
                                        leave("." + dead + ".tmp", true),
                                        leave("." + dead + ".0.tmp.bak", true),
                                        leave(".0.0.tmp", true),
                                        leave(".-1.0.tmp", true),
                                        leave(".99999999999999999999.0.tmp", true)};
  quantize("Q8_0");
  EXPECT_FALSE(fs::exists(abandoned));
  for (const fs::path& other : others) EXPECT_TRUE(fs::exists(other)) << other;
}

TEST_F(QuantizeFile, RowsThatAreNoWholeBlocks) {
  HEARTH_FIXTURES_OR_SKIP(fixtures);
  source_ = fixtures / "real" / "stories260K.gguf";
  const ConvertResult result = quantize("Q4_K_M");
  std::map<std::string, std::int64_t> counts;
  for (const ConvertedShare& share : result.dtypes) counts[share.dtype] = share.tensors;
  const std::map<std::string, std::int64_t> wanted = {{"Q5_0", 28}, {"F32", 11}, {"F16", 5}, {"Q8_0", 3}};
  EXPECT_EQ(counts, wanted);
  EXPECT_THAT(result.notes, ::testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace hearth
