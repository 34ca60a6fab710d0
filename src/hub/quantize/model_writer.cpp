#include "hub/quantize/model_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <system_error>

#include "base/thread_pool.h"
#include "hub/quantize/abandoned_files.h"
#include "hub/quantize/block_quantizers.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBatchValues = std::int64_t{4} << 20;  ///< made by all threads before they are written
constexpr std::int64_t kGrainValues = std::int64_t{1} << 16;  ///< that one thread takes at a time
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

using Clock = std::chrono::steady_clock;

/// What the makers of all tensors share while a file is being written.
class Production {
 public:
  Production(const std::string& source, const ConvertOptions& options, std::uint64_t total)
      : source_(source), options_(options), pool_(options.threads), scratch_(static_cast<std::size_t>(pool_.size())) {
    progress_.total = total;
  }

  void make(const PlannedTensor& tensor, const GgufWriter::Sink& sink) {
    progress_.tensor = tensor.name;
    if (tensor.copy) {
      copy(tensor, sink);
    } else {
      convert(tensor, sink);
    }
    before_ += tensor.source_bytes;
    if (tensor.release) tensor.release();
  }

  void report(double share_of_tensor, const PlannedTensor& tensor) {
    if (options_.cancel != nullptr && options_.cancel->load()) {
      throw Error(ErrorCode::kCancelled, fmt::format("{}: stopped; nothing was written", source_));
    }
    if (!options_.progress || Clock::now() - last_report_ < kProgressInterval) return;
    last_report_ = Clock::now();
    progress_.done = before_ + static_cast<std::uint64_t>(share_of_tensor * static_cast<double>(tensor.source_bytes));
    options_.progress(progress_);
  }

  void report_end() {
    progress_.done = progress_.total;
    progress_.tensor.clear();
    if (options_.progress) options_.progress(progress_);
  }

 private:
  void copy(const PlannedTensor& tensor, const GgufWriter::Sink& sink) {
    constexpr std::size_t kPiece = std::size_t{16} << 20;
    const std::size_t n = tensor.copy.bytes();
    for (std::size_t at = 0; at < n; at += kPiece) {
      report(static_cast<double>(at) / static_cast<double>(n), tensor);
      sink({reinterpret_cast<const char*>(tensor.copy.data) + at, std::min(kPiece, n - at)});
    }
  }

  void convert(const PlannedTensor& tensor, const GgufWriter::Sink& sink) {
    const std::int64_t n_in = tensor.shape.back();
    const std::int64_t n_rows = tensor.shape.elements() / n_in;
    const std::int64_t batch = std::max<std::int64_t>(1, kBatchValues / n_in);
    const std::int64_t grain = std::max<std::int64_t>(1, kGrainValues / n_in);
    const std::size_t row_bytes = hearth::row_bytes(tensor.dtype, n_in);
    for (std::int64_t begin = 0; begin < n_rows; begin += batch) {
      report(static_cast<double>(begin) / static_cast<double>(n_rows), tensor);
      const std::int64_t end = std::min(begin + batch, n_rows);
      made_.resize(static_cast<std::size_t>(end - begin) * row_bytes);
      pool_.parallel_for(end - begin, grain, [&](std::int64_t first, std::int64_t last, int worker) {
        std::vector<float>& values = scratch_[static_cast<std::size_t>(worker)];
        values.resize(static_cast<std::size_t>((last - first) * n_in));
        tensor.read(begin + first, begin + last, values.data());
        check(tensor, begin + first, values);
        quantize_blocks(tensor.dtype, values.data(), (last - first) * n_in,
                        made_.data() + static_cast<std::size_t>(first) * row_bytes);
      });
      sink({reinterpret_cast<const char*>(made_.data()), made_.size()});
    }
  }

  /// F32 and BF16 hold whatever a source can; the other types do not.
  void check(const PlannedTensor& tensor, std::int64_t row, const std::vector<float>& values) const {
    if (tensor.dtype == DType::kF32 || tensor.dtype == DType::kBF16) return;
    if (fits_blocks(values.data(), static_cast<std::int64_t>(values.size()))) return;
    const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !fits_blocks(&x, 1); });
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: tensor '{}' has the value {} in row {}, which {} cannot hold", source_, tensor.name,
                            *bad, row + (bad - values.begin()) / tensor.shape.back(), dtype_name(tensor.dtype)),
                std::isfinite(*bad) ? "convert to BF16 or F32, which hold larger numbers"
                                    : "the model is damaged: get it again");
  }

  const std::string& source_;
  const ConvertOptions& options_;
  ThreadPool pool_;
  std::vector<std::vector<float>> scratch_;  ///< one a thread
  std::vector<std::byte> made_;
  ConvertProgress progress_;
  std::uint64_t before_ = 0;
  Clock::time_point last_report_;
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void check_room(const fs::path& destination, std::uint64_t wanted) {
  std::error_code error;
  const fs::space_info space = fs::space(folder_of(destination), error);
  if (error || space.available >= wanted) return;
  constexpr double kMebibyte = 1024.0 * 1024.0;
  throw Error(ErrorCode::kIo,
              fmt::format("{}: not enough room: the file takes {:.1f} MiB, {:.1f} MiB are free", destination.string(),
                          static_cast<double>(wanted) / kMebibyte, static_cast<double>(space.available) / kMebibyte),
              "choose another folder, or a type with fewer bits");
}

std::vector<ConvertedShare> shares_of(const std::vector<PlannedTensor>& tensors) {
  std::map<DType, ConvertedShare> by_type;
  for (const PlannedTensor& tensor : tensors) {
    ConvertedShare& share = by_type[tensor.dtype];
    share.dtype = dtype_name(tensor.dtype);
    share.tensors += 1;
    share.parameters += static_cast<std::uint64_t>(tensor.shape.elements());
    share.bytes += hearth::row_bytes(tensor.dtype, tensor.shape.elements());
  }
  std::vector<ConvertedShare> shares;
  shares.reserve(by_type.size());
  for (auto& [dtype, share] : by_type) shares.push_back(std::move(share));
  std::sort(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  return shares;
}

}  // namespace

void check_destination(const fs::path& destination, const std::vector<fs::path>& sources,
                       const ConvertOptions& options) {
  std::error_code ignored;
  const auto refuse = [&](std::string_view problem, std::string hint) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{} {}", destination.string(), problem), std::move(hint));
  };
  if (destination.empty() || !destination.has_filename()) refuse("is no file name", "name the file to write");
  for (const fs::path& source : sources) {
    if (fs::equivalent(source, destination, ignored)) refuse("is the file that is read", "choose another destination");
  }
  if (fs::is_directory(destination, ignored)) refuse("is a folder", "name the file to write");
  const fs::file_status there = fs::symlink_status(destination, ignored);
  if (fs::exists(there) && !options.overwrite) refuse("is there already", "choose another name, or add --force");
  if (!fs::is_directory(folder_of(destination), ignored)) {
    throw Error(ErrorCode::kNotFound, fmt::format("{}: there is no such folder", folder_of(destination).string()));
  }
}

ConvertResult write_model(GgufWriter& writer, const std::vector<PlannedTensor>& tensors, const std::string& source,
                          const fs::path& destination, const ConvertOptions& options) {
  ConvertResult result;
  for (const PlannedTensor& tensor : tensors) result.source_bytes += tensor.source_bytes;
  const auto start = Clock::now();
  Production production(source, options, result.source_bytes);
  for (const PlannedTensor& tensor : tensors) {
    writer.add_tensor(tensor.name, tensor.dtype, tensor.shape,
                      [&production, &tensor](const GgufWriter::Sink& sink) { production.make(tensor, sink); });
  }
  result.file_bytes = writer.file_bytes();
  remove_abandoned_files(destination);
  check_room(destination, result.file_bytes);
  writer.write(destination);
  production.report_end();
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.dtypes = shares_of(tensors);
  return result;
}

}  // namespace hearth
