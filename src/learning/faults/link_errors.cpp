// SPDX-License-Identifier: MIT
#include "learning/faults/link_errors.h"

#include <algorithm>
#include <cmath>

namespace kiln::learning {

namespace {

constexpr int kCrossings = 2;
constexpr double kMostWrongPackets = 0.9;

/// Bits until the next wrong one: geometric.
double gap(double rate, base::Rng& rng) {
  return rate > 0 ? std::floor(std::log1p(-rng.uniform()) / std::log1p(-rate)) : INFINITY;
}

/// Wrong ones among so many bits.
std::vector<std::uint64_t> draw(double rate, std::uint64_t bits, base::Rng& rng) {
  std::vector<std::uint64_t> wrong;
  for (double at = gap(rate, rng); at < static_cast<double>(bits); at += 1 + gap(rate, rng))
    wrong.push_back(static_cast<std::uint64_t>(at));
  return wrong;
}

/// Of a packet with so many bytes of the message.
std::uint64_t bits_on_link(const LinkFaultsConfig& config, std::uint64_t bits) {
  return bits + static_cast<std::uint64_t>(config.check_bits);
}

}  // namespace

std::span<const config::EnumName<LinkCheck>> enum_names(const LinkCheck*) {
  static constexpr config::EnumName<LinkCheck> kNames[] = {{LinkCheck::none, "none"},
                                                           {LinkCheck::crc, "crc"}};
  return kNames;
}

const config::Record<LinkFaultsConfig>& describe(const LinkFaultsConfig*) {
  using C = LinkFaultsConfig;
  static const auto record =
      config::Record<C>("link_faults", "Links of the chip's network that flip bits of gradients")
          .field("bit_error_rate", &C::bit_error_rate,
                 {.doc = "Share of the bits that change between a tile and a memory",
                  .min = 0,
                  .max = 0.1,
                  .source = "estimate: a low-swing link without margin; wires with margin stay below 1e-15"})
          .field("check", &C::check,
                 {.doc = "none: wrong bits arrive; crc: each packet has check bits, and one that is found "
                         "wrong is sent again, which costs time and joules of the simulated step",
                  .source = "none: the harder case"})
          .field("packet", &C::packet_bytes,
                 {.doc = "Bytes of a gradient that one check is over",
                  .unit = base::Dimension::bytes,
                  .min = 8,
                  .max = 65536,
                  .source = "a burst of the DMA"})
          .field(
              "check_bits", &C::check_bits,
              {.doc = "Bits of the check",
               .min = 4,
               .max = 32,
               .source = "CRC-16: finds three wrong bits in up to 32,767 (Koopman & Chakravarty, DSN 2004)"})
          .check([](const C& c, config::Checker& check) {
            if (c.check == LinkCheck::none &&
                (c.packet_bytes != C{}.packet_bytes || c.check_bits != C{}.check_bits))
              check.fail("check", "is none, and packet and check_bits do nothing; give crc or remove them");
            if (c.check == LinkCheck::crc && packet_error_rate(c) > kMostWrongPackets)
              check.fail(
                  "bit_error_rate",
                  fmt::format("spoils {:.3g} % of the packets, so nearly all are sent again; lower it, "
                              "take smaller packets or check: none",
                              100 * packet_error_rate(c)));
          });
  return record;
}

LinkCounts& LinkCounts::operator+=(const LinkCounts& other) {
  wrong_bits += other.wrong_bits;
  packets += other.packets;
  sent_again += other.sent_again;
  lost_messages += other.lost_messages;
  return *this;
}

double packet_error_rate(const LinkFaultsConfig& config) {
  const double bits =
      static_cast<double>(bits_on_link(config, 8 * static_cast<std::uint64_t>(config.packet_bytes)));
  return -std::expm1(bits * std::log1p(-config.bit_error_rate));
}

double link_overhead(const LinkFaultsConfig& config) {
  if (config.check == LinkCheck::none) return 1;
  const double check = config.check_bits / (8.0 * static_cast<double>(config.packet_bytes));
  return (1 + check) / (1 - packet_error_rate(config));
}

/// A polynomial of c bits with (x + 1) as a factor finds up to three wrong bits among 2^(c-1) - 1 (Peterson &
/// Brown 1961), one wrong bit in packets of any length; of other patterns it takes 2^-c for right.
bool LinkErrors::passes_check(const std::vector<std::uint64_t>& wrong, std::uint64_t bits,
                              base::Rng& rng) const {
  const bool short_enough = bits < (std::uint64_t{1} << (config_.check_bits - 1));
  if (wrong.size() <= (short_enough ? 3u : 1u)) return false;
  return rng.uniform() < std::ldexp(1.0, -config_.check_bits);
}

void LinkErrors::cross(std::uint64_t bits, base::Rng& rng, std::vector<std::uint64_t>& wrong,
                       LinkCounts& counts) const {
  if (config_.check == LinkCheck::none) {
    const std::vector<std::uint64_t> found = draw(config_.bit_error_rate, bits, rng);
    wrong.insert(wrong.end(), found.begin(), found.end());
    return;
  }
  const std::uint64_t full = 8 * static_cast<std::uint64_t>(config_.packet_bytes);
  counts.packets += static_cast<std::int64_t>((bits + full - 1) / full);
  // Bits on the link, packet behind packet: only packets with a wrong one are looked at.
  const std::uint64_t stride = bits_on_link(config_, full);
  const std::vector<std::uint64_t> first =
      draw(config_.bit_error_rate, (bits + full - 1) / full * stride, rng);
  for (std::size_t i = 0; i < first.size();) {
    const std::uint64_t packet = first[i] / stride;
    const std::uint64_t own = std::min(full, bits - packet * full), on_link = bits_on_link(config_, own);
    std::vector<std::uint64_t> found;
    for (; i < first.size() && first[i] / stride == packet; ++i)
      if (first[i] % stride < on_link) found.push_back(first[i] % stride);
    while (!found.empty() && !passes_check(found, on_link, rng)) {
      ++counts.sent_again;
      found = draw(config_.bit_error_rate, on_link, rng);
    }
    for (const std::uint64_t bit : found)
      if (bit < own) wrong.push_back(packet * full + bit);
  }
}

std::vector<std::uint64_t> LinkErrors::wrong_bits(std::uint64_t bits, base::Rng& rng,
                                                  LinkCounts& counts) const {
  std::vector<std::uint64_t> wrong;
  for (int crossing = 0; crossing < kCrossings; ++crossing) cross(bits, rng, wrong, counts);
  std::sort(wrong.begin(), wrong.end());
  // What is wrong twice is right again.
  std::vector<std::uint64_t> arrived;
  for (std::size_t i = 0; i < wrong.size();) {
    std::size_t same = i;
    while (same < wrong.size() && wrong[same] == wrong[i]) ++same;
    if ((same - i) % 2 == 1) arrived.push_back(wrong[i]);
    i = same;
  }
  counts.wrong_bits += static_cast<std::int64_t>(arrived.size());
  return arrived;
}

}  // namespace kiln::learning
