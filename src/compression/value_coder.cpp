// SPDX-License-Identifier: MIT
#include "compression/value_coder.h"

#include <algorithm>
#include <array>

#include "compression/half.h"
#include "compression/quantize.h"

namespace kiln::compression {
namespace {

// Codes are made and packed in chunks that stay in the first-level cache. A multiple of 64 keeps whole words.
constexpr std::size_t kChunk = 2048;
using Chunk = std::array<std::int32_t, kChunk>;

// Packs whole 64-bit words with a compile-time width, so that the shifts are constants.
template <int Bits>
std::size_t pack_words(std::span<const std::int32_t> codes, BitWriter& writer) {
  constexpr std::size_t kPerWord = 64 / Bits;
  constexpr std::uint32_t kMask = (1u << Bits) - 1;
  std::array<std::uint64_t, kChunk * Bits / 64> words;
  const std::size_t count = codes.size() / kPerWord;
  for (std::size_t w = 0; w < count; ++w) {
    std::uint64_t word = 0;
    const std::int32_t* code = codes.data() + w * kPerWord;
    for (std::size_t j = 0; j < kPerWord; ++j)
      word |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(code[j]) & kMask) << (j * Bits);
    words[w] = word;
  }
  writer.put_bytes(words.data(), count * 8);
  return count * kPerWord;
}

void pack(std::span<const std::int32_t> codes, int bits, BitWriter& writer) {
  std::size_t done = 0;
  if (writer.bits() % 8 == 0) {
    switch (bits) {
      case 1:
        done = pack_words<1>(codes, writer);
        break;
      case 2:
        done = pack_words<2>(codes, writer);
        break;
      case 4:
        done = pack_words<4>(codes, writer);
        break;
      case 8:
        done = pack_words<8>(codes, writer);
        break;
      default:
        break;
    }
  }
  const std::uint32_t mask = (1u << bits) - 1;
  for (; done < codes.size(); ++done) writer.put(static_cast<std::uint32_t>(codes[done]) & mask, bits);
}

void unpack(BitReader& reader, int bits, std::span<std::int32_t> codes) {
  const int shift = 32 - bits;
  for (std::int32_t& code : codes) {
    const auto raw = static_cast<std::uint32_t>(reader.get(bits));
    code = static_cast<std::int32_t>(raw << shift) >> shift;
  }
}

std::size_t block_length(const CodecConfig& config, std::size_t count) {
  return config.block == 0 ? std::max<std::size_t>(count, 1) : static_cast<std::size_t>(config.block);
}

void write_codes(std::span<const float> values, const CodecConfig& config, Noise noise, BitWriter& writer,
                 BitCounts& bits, std::span<float> decoded) {
  const std::size_t block = block_length(config, values.size());
  const int width = scale_bits(config.values);
  std::vector<BlockScale> scales;
  scales.reserve(values.size() / block + 1);
  for (std::size_t begin = 0; begin < values.size(); begin += block) {
    scales.push_back(find_scale(values.subspan(begin, std::min(block, values.size() - begin)), config));
    writer.put(scales.back().code, width);
    bits.scale += width;
  }
  bits.padding += writer.align();
  Chunk codes;
  const int code_bits = value_bits(config);
  for (std::size_t begin = 0; begin < values.size();) {
    const std::size_t in_block = block - begin % block;
    const std::size_t count = std::min({in_block, kChunk, values.size() - begin});
    const BlockScale& scale = scales[begin / block];
    const std::span<std::int32_t> chunk(codes.data(), count);
    quantize(values.subspan(begin, count), scale, config, noise, static_cast<std::uint32_t>(begin), chunk);
    pack(chunk, code_bits, writer);
    if (!decoded.empty()) dequantize(chunk, scale, config, decoded.subspan(begin, count));
    begin += count;
  }
  bits.payload += static_cast<std::int64_t>(values.size()) * code_bits;
}

void write_halves(std::span<const float> values, BitWriter& writer, BitCounts& bits,
                  std::span<float> decoded) {
  std::vector<std::uint16_t> halves(values.size());
  std::transform(values.begin(), values.end(), halves.begin(), to_half);
  writer.put_bytes(halves.data(), halves.size() * 2);
  bits.payload += static_cast<std::int64_t>(values.size()) * 16;
  if (!decoded.empty()) std::transform(halves.begin(), halves.end(), decoded.begin(), from_half);
}

}  // namespace

void count_values(const CodecConfig& config, std::int64_t values, WorkCounts& work) {
  work.coded_values += values;
  if (!uses_codes(config.values)) return;
  work.compares += config.values == Values::sign ? 0 : values;  // the maximum of the block
  work.multiplications += config.values == Values::sign ? 0 : values;
  const bool unbiased = config.values == Values::ternary || config.values == Values::qsgd;
  if (unbiased || config.rounding == Rounding::stochastic) work.random_numbers += values;
}

void write_values(std::span<const float> values, const CodecConfig& config, Noise noise, BitWriter& writer,
                  BitCounts& bits, WorkCounts& work, std::span<float> decoded) {
  bits.padding += writer.align();
  count_values(config, static_cast<std::int64_t>(values.size()), work);
  if (config.values == Values::fp32) {
    writer.put_bytes(values.data(), values.size_bytes());
    bits.payload += static_cast<std::int64_t>(values.size()) * 32;
    if (!decoded.empty()) std::copy(values.begin(), values.end(), decoded.begin());
  } else if (config.values == Values::fp16) {
    write_halves(values, writer, bits, decoded);
  } else {
    write_codes(values, config, noise, writer, bits, decoded);
  }
  bits.padding += writer.align();
}

void read_values(BitReader& reader, const CodecConfig& config, std::span<float> values) {
  if (config.values == Values::fp32) {
    const auto bytes = reader.take_bytes(values.size_bytes());
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return;
  }
  if (config.values == Values::fp16) {
    const auto bytes = reader.take_bytes(values.size() * 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint16_t half;
      std::memcpy(&half, bytes.data() + 2 * i, 2);
      values[i] = from_half(half);
    }
    return;
  }
  const std::size_t block = block_length(config, values.size());
  reader.align();
  std::vector<BlockScale> scales;
  for (std::size_t begin = 0; begin < values.size(); begin += block)
    scales.push_back(
        scale_from_code(static_cast<std::uint32_t>(reader.get(scale_bits(config.values))), config));
  reader.align();
  Chunk codes;
  for (std::size_t begin = 0; begin < values.size();) {
    const std::size_t count = std::min({block - begin % block, kChunk, values.size() - begin});
    const std::span<std::int32_t> chunk(codes.data(), count);
    unpack(reader, value_bits(config), chunk);
    dequantize(chunk, scales[begin / block], config, values.subspan(begin, count));
    begin += count;
  }
  reader.align();
}

}  // namespace kiln::compression
