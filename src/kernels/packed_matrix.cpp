#include "kernels/packed_matrix.h"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/packed_layout.h"
#include "tensor/blocks.h"

namespace hearth {
namespace {

constexpr auto kRows = static_cast<std::size_t>(kPackedRows);
constexpr std::size_t kMostGroups = 16;

/// The quants and scales of 256 columns of 16 rows, still as the file has them.
struct Chunk {
  std::uint8_t q[kRows][256];
  std::uint16_t d[kRows][kMostGroups];  ///< one a group, or in element 0 one for all
  std::uint16_t m[kRows][kMostGroups];
  std::uint8_t scale[kRows][kMostGroups];
  std::uint8_t minimum[kRows][kMostGroups];
};

/// Low nibbles to 16 values, high ones to the next 16.
void read_nibbles(const std::uint8_t* qs, std::uint8_t* q) {
  for (int i = 0; i < 16; ++i) {
    q[i] = qs[i] & 15;
    q[i + 16] = qs[i] >> 4;
  }
}

void add_fifth_bits(const std::uint8_t* qh, std::uint8_t* q) {
  for (int i = 0; i < 32; ++i) q[i] = static_cast<std::uint8_t>(q[i] | ((qh[i / 8] >> (i % 8) & 1) << 4));
}

void read_block(const BlockQ4_0& b, Chunk& c, std::size_t row, std::size_t group) {
  c.d[row][group] = b.d;
  read_nibbles(b.qs, c.q[row] + 32 * group);
}
void read_block(const BlockIQ4_NL& b, Chunk& c, std::size_t row, std::size_t group) {
  c.d[row][group] = b.d;
  read_nibbles(b.qs, c.q[row] + 32 * group);
}
void read_block(const BlockQ4_1& b, Chunk& c, std::size_t row, std::size_t group) {
  c.d[row][group] = b.d;
  c.m[row][group] = b.m;
  read_nibbles(b.qs, c.q[row] + 32 * group);
}
void read_block(const BlockQ5_0& b, Chunk& c, std::size_t row, std::size_t group) {
  c.d[row][group] = b.d;
  read_nibbles(b.qs, c.q[row] + 32 * group);
  add_fifth_bits(b.qh, c.q[row] + 32 * group);
}
void read_block(const BlockQ5_1& b, Chunk& c, std::size_t row, std::size_t group) {
  c.d[row][group] = b.d;
  c.m[row][group] = b.m;
  read_nibbles(b.qs, c.q[row] + 32 * group);
  add_fifth_bits(b.qh, c.q[row] + 32 * group);
}
void read_block(const BlockQ8_0& b, Chunk& c, std::size_t row, std::size_t group) {
  c.d[row][group] = b.d;
  for (std::size_t i = 0; i < 32; ++i) {
    c.q[row][32 * group + i] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(b.qs[i]) ^ 0x80U);
  }
}

/// Scales and minima of Q4_K and Q5_K (see blocks.h).
void read_scales(std::uint16_t d, std::uint16_t dmin, const std::uint8_t* s, Chunk& c, std::size_t row) {
  c.d[row][0] = d;
  c.m[row][0] = dmin;
  for (std::size_t g = 0; g < 4; ++g) {
    c.scale[row][g] = s[g] & 63;
    c.minimum[row][g] = s[g + 4] & 63;
    c.scale[row][g + 4] = static_cast<std::uint8_t>((s[g + 8] & 15) | (s[g] >> 6 << 4));
    c.minimum[row][g + 4] = static_cast<std::uint8_t>((s[g + 8] >> 4) | (s[g + 4] >> 6 << 4));
  }
}

void read_block(const BlockQ4_K& b, Chunk& c, std::size_t row, std::size_t /*group*/) {
  read_scales(b.d, b.dmin, b.scales, c, row);
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t i = 0; i < 32; ++i) {
      c.q[row][64 * k + i] = b.qs[32 * k + i] & 15;
      c.q[row][64 * k + 32 + i] = b.qs[32 * k + i] >> 4;
    }
  }
}
void read_block(const BlockQ5_K& b, Chunk& c, std::size_t row, std::size_t /*group*/) {
  read_scales(b.d, b.dmin, b.scales, c, row);
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t i = 0; i < 32; ++i) {
      c.q[row][64 * k + i] = static_cast<std::uint8_t>((b.qs[32 * k + i] & 15) | ((b.qh[i] >> (2 * k) & 1) << 4));
      c.q[row][64 * k + 32 + i] =
          static_cast<std::uint8_t>((b.qs[32 * k + i] >> 4) | ((b.qh[i] >> (2 * k + 1) & 1) << 4));
    }
  }
}
void read_block(const BlockQ6_K& b, Chunk& c, std::size_t row, std::size_t /*group*/) {
  c.d[row][0] = b.d;
  std::memcpy(c.scale[row], b.scales, 16);
  for (std::size_t h = 0; h < 2; ++h) {
    std::uint8_t* q = c.q[row] + 128 * h;
    const std::uint8_t* ql = b.ql + 64 * h;
    const std::uint8_t* qh = b.qh + 32 * h;
    for (std::size_t i = 0; i < 32; ++i) {
      q[i] = static_cast<std::uint8_t>((ql[i] & 15) | ((qh[i] & 3) << 4));
      q[i + 32] = static_cast<std::uint8_t>((ql[i + 32] & 15) | ((qh[i] >> 2 & 3) << 4));
      q[i + 64] = static_cast<std::uint8_t>((ql[i] >> 4) | ((qh[i] >> 4 & 3) << 4));
      q[i + 96] = static_cast<std::uint8_t>((ql[i + 32] >> 4) | ((qh[i] >> 6) << 4));
    }
  }
}

void put16(std::uint16_t value, std::byte* p) { std::memcpy(p, &value, sizeof(value)); }

template <DType kDType>
void write_scales(const Chunk& c, std::size_t n_groups, std::byte* out) {
  constexpr PackedLayout kLayout = packed_layout(kDType);
  std::memset(out, 0, kLayout.scale_bytes(static_cast<std::int64_t>(n_groups)));
  for (std::size_t r = 0; r < kRows; ++r) {
    if constexpr (kLayout.scales == PackedScales::kOne) {
      for (std::size_t g = 0; g < n_groups; ++g) put16(c.d[r][g], out + 2 * (kRows * g + r));
    } else if constexpr (kLayout.scales == PackedScales::kTwo) {
      for (std::size_t g = 0; g < n_groups; ++g) {
        put16(c.d[r][g], out + 2 * (2 * kRows * g + r));
        put16(c.m[r][g], out + 2 * (2 * kRows * g + kRows + r));
      }
    } else if constexpr (kLayout.scales == PackedScales::kSuper) {
      put16(c.d[r][0], out + 2 * r);
      put16(c.m[r][0], out + 2 * (kRows + r));
      auto* low = reinterpret_cast<std::uint8_t*>(out + 4 * kRows);
      std::uint8_t* high = low + 8 * kRows;
      for (std::size_t g = 0; g < 8; ++g) {
        low[kRows * g + r] = static_cast<std::uint8_t>((c.scale[r][g] & 15) | (c.minimum[r][g] & 15) << 4);
      }
      for (std::size_t g = 0; g < 4; ++g) {
        high[kRows * g + r] = static_cast<std::uint8_t>(c.scale[r][g] >> 4 | c.minimum[r][g] >> 4 << 2 |
                                                        c.scale[r][g + 4] >> 4 << 4 | c.minimum[r][g + 4] >> 4 << 6);
      }
    } else {
      put16(c.d[r][0], out + 2 * r);
      for (std::size_t g = 0; g < n_groups; ++g) {
        out[2 * kRows + kRows * g + r] = static_cast<std::byte>(c.scale[r][g]);
      }
    }
  }
}

/// Four neighbouring quants of a row.
std::uint32_t four(const Chunk& c, std::size_t row, std::size_t column) {
  std::uint32_t value = 0;
  std::memcpy(&value, c.q[row] + column, sizeof(value));
  return value;
}

template <DType kDType>
void write_quants(const Chunk& c, std::size_t group, std::byte* out) {
  constexpr PackedLayout kLayout = packed_layout(kDType);
  constexpr auto kSteps = static_cast<std::size_t>(kLayout.steps());
  const std::size_t first = group * static_cast<std::size_t>(kLayout.group);
  const auto put = [&](std::size_t vector, std::size_t row, std::uint32_t value) {
    std::memcpy(out + 4 * (kRows * vector + row), &value, sizeof(value));
  };
  for (std::size_t r = 0; r < kRows; ++r) {
    if constexpr (kLayout.bytes) {
      for (std::size_t s = 0; s < kSteps; ++s) put(s, r, four(c, r, first + 4 * s));
    } else {
      for (std::size_t s = 0; s < kSteps / 2; ++s) {
        const std::uint32_t low = four(c, r, first + 4 * s) & 0x0F0F0F0FU;
        const std::uint32_t high = four(c, r, first + 4 * (s + kSteps / 2)) & 0x0F0F0F0FU;
        put(s, r, low | high << 4);
      }
    }
    if constexpr (kLayout.high_bits > 0) {
      constexpr std::uint32_t kMask = kLayout.high_bits == 1 ? 0x01010101U : 0x03030303U;
      std::uint32_t bits = 0;
      for (std::size_t s = 0; s < kSteps; ++s) {
        bits |= (four(c, r, first + 4 * s) >> 4 & kMask) << (s * static_cast<std::size_t>(kLayout.high_bits));
      }
      put(kSteps / 2, r, bits);
    }
  }
}

template <DType kDType, typename Block>
void pack_as(const Tensor& w, std::int64_t begin, std::int64_t end, std::byte* out) {
  constexpr PackedLayout kLayout = packed_layout(kDType);
  const std::int64_t block = dtype_info(kDType).block;
  const std::int64_t n_in = w.row_length();
  for (std::int64_t tile = begin; tile < end; ++tile) {
    for (std::int64_t column = 0; column < n_in; column += kPackedChunk) {
      const std::int64_t width = n_in - column < kPackedChunk ? n_in - column : kPackedChunk;
      Chunk chunk{};
      for (std::int64_t r = 0; r < kPackedRows && tile * kPackedRows + r < w.n_rows(); ++r) {
        const std::byte* row = w.row(tile * kPackedRows + r);
        for (std::int64_t i = 0; i < width; i += block) {
          read_block(reinterpret_cast<const Block*>(row)[(column + i) / block], chunk, static_cast<std::size_t>(r),
                     static_cast<std::size_t>(i / kLayout.group));
        }
      }
      const std::int64_t n_groups = width / kLayout.group;
      write_scales<kDType>(chunk, static_cast<std::size_t>(n_groups), out);
      out += kLayout.scale_bytes(n_groups);
      for (std::int64_t g = 0; g < n_groups; ++g) {
        write_quants<kDType>(chunk, static_cast<std::size_t>(g), out);
        out += kLayout.quant_bytes();
      }
    }
  }
}

}  // namespace

bool can_pack(DType dtype) { return has_packed_layout(dtype); }

std::size_t packed_bytes(DType dtype, std::int64_t n_out, std::int64_t n_in) {
  return static_cast<std::size_t>(packed_tiles(n_out)) * packed_layout(dtype).tile_bytes(n_in);
}

std::int64_t packed_tiles(std::int64_t n_out) { return (n_out + kPackedRows - 1) / kPackedRows; }

void pack_tiles(const Tensor& w, std::int64_t begin, std::int64_t end, std::byte* out) {
  assert(can_pack(w.dtype) && w.shape.size() == 2);
  switch (w.dtype) {
    case DType::kQ4_0: return pack_as<DType::kQ4_0, BlockQ4_0>(w, begin, end, out);
    case DType::kQ4_1: return pack_as<DType::kQ4_1, BlockQ4_1>(w, begin, end, out);
    case DType::kQ5_0: return pack_as<DType::kQ5_0, BlockQ5_0>(w, begin, end, out);
    case DType::kQ5_1: return pack_as<DType::kQ5_1, BlockQ5_1>(w, begin, end, out);
    case DType::kQ8_0: return pack_as<DType::kQ8_0, BlockQ8_0>(w, begin, end, out);
    case DType::kQ4_K: return pack_as<DType::kQ4_K, BlockQ4_K>(w, begin, end, out);
    case DType::kQ5_K: return pack_as<DType::kQ5_K, BlockQ5_K>(w, begin, end, out);
    case DType::kQ6_K: return pack_as<DType::kQ6_K, BlockQ6_K>(w, begin, end, out);
    case DType::kIQ4_NL: return pack_as<DType::kIQ4_NL, BlockIQ4_NL>(w, begin, end, out);
    default: return;
  }
}

PackedMatrix pack(const Tensor& w) {
  PackedMatrix packed{w.dtype, w.n_rows(), w.row_length(), nullptr, nullptr};
  auto* data = static_cast<std::byte*>(
      std::aligned_alloc(kPackedAlignment, packed_bytes(packed.dtype, packed.n_out, packed.n_in)));
  if (data == nullptr) throw std::bad_alloc();
  packed.data = data;
  packed.owner = std::shared_ptr<const void>(data, [](const void* p) { std::free(const_cast<void*>(p)); });
  pack_tiles(w, 0, packed_tiles(packed.n_out), data);
  return packed;
}

}  // namespace hearth
