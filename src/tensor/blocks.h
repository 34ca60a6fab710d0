// The bytes of a quantised block, as ggml-common.h of llama.cpp lays them out in GGUF files. Scales named d, m and dmin
// are F16 bits. Quants of 4 bits and fewer share bytes; each struct says which value lies where. All structs have
// alignment 1: weights are read in place from files.
#pragma once

#include <cstdint>

namespace hearth {

inline constexpr int kSmallBlock = 32;   ///< values in a block of the plain formats
inline constexpr int kSuperBlock = 256;  ///< values in a super-block of the K formats and IQ4_XS

/// value i = d · (q − 8); q of value i < 16 is the low nibble of qs[i], of value i + 16 the high one.
struct [[gnu::packed]] BlockQ4_0 {
  std::uint16_t d;
  std::uint8_t qs[16];
};

/// value = d · q + m, nibbles as in Q4_0.
struct [[gnu::packed]] BlockQ4_1 {
  std::uint16_t d, m;
  std::uint8_t qs[16];
};

/// value = d · (q − 16); bit i of qh (little endian) is the fifth bit of value i, nibbles as in Q4_0.
struct [[gnu::packed]] BlockQ5_0 {
  std::uint16_t d;
  std::uint8_t qh[4];
  std::uint8_t qs[16];
};

/// value = d · q + m, five bits as in Q5_0.
struct [[gnu::packed]] BlockQ5_1 {
  std::uint16_t d, m;
  std::uint8_t qh[4];
  std::uint8_t qs[16];
};

/// value = d · q.
struct [[gnu::packed]] BlockQ8_0 {
  std::uint16_t d;
  std::int8_t qs[32];
};

/// 16 groups of 16: value = d · (scales & 15) · q − dmin · (scales >> 4). Values 32 (4h + j) + l have bits 2j, 2j + 1
/// of qs[32 h + l].
struct [[gnu::packed]] BlockQ2_K {
  std::uint8_t scales[16];
  std::uint8_t qs[64];
  std::uint16_t d, dmin;
};

/// 16 groups of 16: value = d · (scale − 32) · (q − 4). Two low bits as in Q2_K; bit 4h + j of hmask[l] is the third
/// bit. Scale g: low nibble of scales[g] for g < 8, else the high one of scales[g − 8]; bits 2(g / 4) and above of
/// scales[8 + g % 4] on top.
struct [[gnu::packed]] BlockQ3_K {
  std::uint8_t hmask[32];
  std::uint8_t qs[64];
  std::uint8_t scales[12];
  std::uint16_t d;
};

/// 8 groups of 32: value = d · scale · q − dmin · min. Groups 2k and 2k + 1 are the low and high nibbles of qs[32k …
/// 32k + 31]. Scale g < 4 is the low six bits of scales[g], its min those of scales[g + 4]; for g >= 4 the low and high
/// nibble of scales[g + 4], with the two top bits of scales[g − 4] and of scales[g] above them.
struct [[gnu::packed]] BlockQ4_K {
  std::uint16_t d, dmin;
  std::uint8_t scales[12];
  std::uint8_t qs[128];
};

/// As Q4_K; bit g of qh[l] is the fifth bit of value l of group g.
struct [[gnu::packed]] BlockQ5_K {
  std::uint16_t d, dmin;
  std::uint8_t scales[12];
  std::uint8_t qh[32];
  std::uint8_t qs[128];
};

/// 16 groups of 16: value = d · scale · (q − 32). In each half h of 128 values, run j of 32: low nibbles of ql[64h …]
/// for j = 0, 1, high ones for j = 2, 3; bits 2j, 2j + 1 of qh[32h + l] on top.
struct [[gnu::packed]] BlockQ6_K {
  std::uint8_t ql[128];
  std::uint8_t qh[64];
  std::int8_t scales[16];
  std::uint16_t d;
};

/// value = d · kIq4Values[q], nibbles as in Q4_0.
struct [[gnu::packed]] BlockIQ4_NL {
  std::uint16_t d;
  std::uint8_t qs[16];
};

/// 8 groups of 32: value = d · (scale − 32) · kIq4Values[q]; group g has nibbles qs[16g …] as in Q4_0 and the scale
/// with low nibble g of scales_l (low first) and bits 2g, 2g + 1 of scales_h on top.
struct [[gnu::packed]] BlockIQ4_XS {
  std::uint16_t d;
  std::uint16_t scales_h;
  std::uint8_t scales_l[4];
  std::uint8_t qs[128];
};

/// The 16 levels of IQ4_NL and IQ4_XS (ggml-common.h).
inline constexpr std::int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};

static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ5_0) == 22 && sizeof(BlockQ5_1) == 24);
static_assert(sizeof(BlockQ8_0) == 34 && sizeof(BlockQ2_K) == 84 && sizeof(BlockQ3_K) == 110 &&
              sizeof(BlockQ4_K) == 144);
static_assert(sizeof(BlockQ5_K) == 176 && sizeof(BlockQ6_K) == 210 && sizeof(BlockIQ4_NL) == 18 &&
              sizeof(BlockIQ4_XS) == 136);

}  // namespace hearth
