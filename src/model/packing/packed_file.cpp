#include "model/packing/packed_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"
#include "base/digest.h"
#include "base/mapping_guard.h"
#include "hearth/error.h"
#include "kernels/packed_layout.h"
#include "model/packing/each_on_threads.h"

namespace hearth {
namespace {

constexpr std::string_view kMagic = "hearth packed weights\n";
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kHexDigits = 64;  // of a SHA-256
/// Packed bytes that a thread makes at once, and source bytes that are hashed and let go at once.
constexpr std::size_t kPieceBytes = std::size_t{2} << 20;

std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

std::string_view text_of(const std::byte* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

std::string hash_of(const std::byte* data, std::size_t size) {
  Digest digest(Digest::kSha256);
  for (std::size_t done = 0; done < size; done += kPieceBytes) {
    const std::size_t piece = std::min(kPieceBytes, size - done);
    digest.add(text_of(data + done, piece));
    drop_pages(data + done, piece);
  }
  return digest.hex();
}

std::string joined_hash(const std::vector<std::string>& hashes) {
  Digest digest(Digest::kSha256);
  for (const std::string& hash : hashes) digest.add(hash);
  return digest.hex();
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& problem) {
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}", path.string(), problem), "it can be deleted at any time");
}

}  // namespace

std::string hash_weights(std::span<const Tensor> sources, int threads) {
  std::vector<std::string> hashes(sources.size());
  each_on_threads(sources.size(), threads,
                  [&](std::size_t i) { hashes[i] = hash_of(sources[i].data, sources[i].bytes()); });
  return joined_hash(hashes);
}

std::vector<PackedFile::Entry> PackedFile::layout(std::span<const Tensor> sources, std::uint64_t& file_bytes) {
  std::vector<Entry> entries;
  for (const Tensor& source : sources) {
    const std::int64_t n_out = source.n_rows();
    const std::int64_t n_in = source.row_length();
    entries.push_back({source.dtype, n_out, n_in, 0, packed_bytes(source.dtype, n_out, n_in), ""});
    entries.back().hash.assign(kHexDigits, '0');
  }
  std::uint64_t offset = whole_pages(header(entries, std::string(kHexDigits, '0'), 0).size());
  for (Entry& entry : entries) {
    entry.offset = offset;
    offset += whole_pages(entry.bytes);
  }
  file_bytes = offset;
  return entries;
}

/// Text, whose numbers have a fixed width: its length does not depend on them.
std::string PackedFile::header(const std::vector<Entry>& entries, const std::string& source_hash,
                               std::uint64_t file_bytes) {
  std::string text(kMagic);
  text += fmt::format("layout {:010}\nbytes {:020}\nmatrices {:010}\nsource {}\n", kPackedLayoutVersion, file_bytes,
                      entries.size(), source_hash);
  for (const Entry& entry : entries) {
    text += fmt::format("{:>8} {:020} {:020} {:020} {:020} {}\n", dtype_name(entry.dtype), entry.n_out, entry.n_in,
                        entry.offset, entry.bytes, entry.hash);
  }
  Digest digest(Digest::kSha256);
  digest.add(text);
  return text + fmt::format("header {}\n", digest.hex());
}

std::uint64_t PackedFile::bytes_for(std::span<const Tensor> sources) {
  std::uint64_t bytes = 0;
  layout(sources, bytes);
  return bytes;
}

void PackedFile::write(const std::filesystem::path& path, std::span<const Tensor> sources, int threads) {
  std::uint64_t file_bytes = 0;
  std::vector<Entry> entries = layout(sources, file_bytes);
  std::vector<std::string> source_hashes(sources.size());
  AtomicFile file(path);
  file.write_at(file_bytes - 1, std::string_view("\0", 1));  // whoever shares out the disk sees what it will take
  // The largest first, so that no thread is left with one at the end.
  std::vector<std::size_t> order(sources.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return entries[a].bytes > entries[b].bytes; });
  each_on_threads(order.size(), threads, [&](std::size_t i) {
    const std::size_t index = order[i];
    Entry& entry = entries[index];
    const Tensor& source = sources[index];
    const std::size_t tile_bytes = packed_bytes(entry.dtype, 1, entry.n_in);
    const std::int64_t tiles = packed_tiles(entry.n_out);
    const auto at_once =
        static_cast<std::int64_t>(std::max<std::size_t>(1, kPieceBytes / std::max<std::size_t>(1, tile_bytes)));
    std::vector<std::byte> piece(static_cast<std::size_t>(std::min(at_once, tiles)) * tile_bytes);
    Digest packed_digest(Digest::kSha256);
    Digest source_digest(Digest::kSha256);
    std::uint64_t offset = entry.offset;
    for (std::int64_t tile = 0; tile < tiles; tile += at_once) {
      const std::int64_t end = std::min(tile + at_once, tiles);
      const std::byte* first = source.row(tile * kPackedRows);
      const std::byte* last = source.row(std::min(end * kPackedRows, entry.n_out));
      const auto source_bytes = static_cast<std::size_t>(last - first);
      source_digest.add(text_of(first, source_bytes));
      pack_tiles(source, tile, end, piece.data());
      drop_pages(first, source_bytes);
      const std::string_view packed = text_of(piece.data(), static_cast<std::size_t>(end - tile) * tile_bytes);
      packed_digest.add(packed);
      file.write_at(offset, packed);
      offset += packed.size();
    }
    entry.hash = packed_digest.hex();
    source_hashes[index] = source_digest.hex();
    if (is_in_shortened_mapping(source.data)) damaged(path, "the model's file was shortened while it was packed");
  });
  const std::string head = header(entries, joined_hash(source_hashes), file_bytes);
  file.write_at(0, head);
  // The last matrix may end before its page does.
  const Entry& last = entries.back();
  const std::string rest(file_bytes - last.offset - last.bytes, '\0');
  file.write_at(last.offset + last.bytes, rest);
  file.commit();
}

std::shared_ptr<const PackedFile> PackedFile::open(const std::filesystem::path& path, std::span<const Tensor> sources) {
  auto result = std::make_shared<PackedFile>();
  std::uint64_t file_bytes = 0;
  result->entries_ = layout(sources, file_bytes);
  result->file_ = MappedFile::open(path);
  const auto bytes = result->file_->bytes();
  if (bytes.size() != file_bytes) {
    damaged(path, fmt::format("has {} bytes; {} are expected", bytes.size(), file_bytes));
  }
  // The header can only differ from the one expected in its hashes.
  const std::size_t size = header(result->entries_, std::string(kHexDigits, '0'), file_bytes).size();
  const std::string_view found = text_of(bytes.data(), size);
  const auto hash_before = [&](std::size_t end_of_line) {
    return std::string(found.substr(end_of_line - kHexDigits, kHexDigits));
  };
  std::size_t line = kMagic.size();
  for (int i = 0; i < 4; ++i) line = found.find('\n', line) + 1;
  if (line < kMagic.size() + kHexDigits || line >= size) damaged(path, "the header is damaged");
  result->source_hash_ = hash_before(line - 1);
  for (Entry& entry : result->entries_) {
    line = found.find('\n', line) + 1;
    if (line == 0) damaged(path, "the header is damaged");
    entry.hash = hash_before(line - 1);
  }
  if (header(result->entries_, result->source_hash_, file_bytes) != found) damaged(path, "the header is damaged");
  return result;
}

bool PackedFile::is_undamaged(int threads) const {
  std::vector<char> right(entries_.size());
  each_on_threads(entries_.size(), threads, [&](std::size_t i) {
    right[i] = hash_of(file_->bytes().data() + entries_[i].offset, entries_[i].bytes) == entries_[i].hash ? 1 : 0;
  });
  return std::find(right.begin(), right.end(), 0) == right.end();
}

PackedMatrix PackedFile::matrix(const std::shared_ptr<const PackedFile>& self, std::size_t index) {
  const Entry& entry = self->entries_[index];
  return {entry.dtype, entry.n_out, entry.n_in, self->file_->bytes().data() + entry.offset, self};
}

}  // namespace hearth
