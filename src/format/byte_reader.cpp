#include "format/byte_reader.h"

#include <fmt/format.h>

#include <utility>

#include "hearth/error.h"

namespace hearth {

ByteReader::ByteReader(std::span<const std::byte> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

void ByteReader::enter(std::string scope) { scope_ = std::move(scope); }

std::span<const std::byte> ByteReader::take(std::uint64_t size, std::string_view field) {
  if (size > remaining()) {
    fail(
        fmt::format("{} takes {} bytes at byte {}, but the file ends at byte {}", field, size, offset_, bytes_.size()));
  }
  const auto taken = bytes_.subspan(offset_, size);
  offset_ += size;
  return taken;
}

std::span<const std::byte> ByteReader::take(std::uint64_t count, std::uint64_t size, std::string_view field) {
  expect_room(count, size, field);
  return take(count * size, field);
}

std::string_view ByteReader::text(std::string_view field) {
  const auto length = number<std::uint64_t>("a length");
  const auto taken = take(length, field);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

void ByteReader::expect_room(std::uint64_t count, std::uint64_t smallest, std::string_view field) const {
  if (count > remaining() / smallest) {
    fail(fmt::format("{}: {} of them cannot fit into the {} bytes from byte {} to the file's end", field, count,
                     remaining(), offset_));
  }
}

void ByteReader::fail(std::string_view problem) const {
  throw Error(ErrorCode::kCorruptData, fmt::format("{}: {}: {}", name_, scope_, problem),
              "the file is damaged or incomplete; get it again");
}

}  // namespace hearth
