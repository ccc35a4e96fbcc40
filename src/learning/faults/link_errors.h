// SPDX-License-Identifier: MIT
// Links of the chip's network that carry gradients and flip bits: silently, or packet by packet with a check
// that has what is wrong sent again.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/rng.h"
#include "config/record.h"

namespace kiln::learning {

enum class LinkCheck { none, crc };
std::span<const config::EnumName<LinkCheck>> enum_names(const LinkCheck*);

struct LinkFaultsConfig {
  double bit_error_rate = 1e-9;  ///< of a bit on its way between a tile and a memory
  LinkCheck check = LinkCheck::none;
  std::int64_t packet_bytes = 256;  ///< that a check is over
  std::int32_t check_bits = 16;
};
const config::Record<LinkFaultsConfig>& describe(const LinkFaultsConfig*);

struct LinkCounts {
  std::int64_t wrong_bits = 0;  ///< that arrived
  std::int64_t packets = 0, sent_again = 0;
  std::int64_t lost_messages = 0;  ///< codes that could not be read any more
  LinkCounts& operator+=(const LinkCounts& other);
};

class LinkErrors {
 public:
  explicit LinkErrors(const LinkFaultsConfig& config) : config_(config) {}

  /// Bits of a message of so many that arrive wrong, ascending and distinct. It crosses the network twice: to
  /// memory, and from there to the tile that adds it up.
  std::vector<std::uint64_t> wrong_bits(std::uint64_t bits, base::Rng& rng, LinkCounts& counts) const;

 private:
  /// Of one crossing; adds to `wrong`.
  void cross(std::uint64_t bits, base::Rng& rng, std::vector<std::uint64_t>& wrong, LinkCounts& counts) const;
  bool passes_check(const std::vector<std::uint64_t>& wrong, std::uint64_t bits, base::Rng& rng) const;

  LinkFaultsConfig config_;
};

/// That a full packet arrives with a wrong bit, check bits included.
double packet_error_rate(const LinkFaultsConfig& config);
/// Bytes that links carry for each of a message: check bits, and packets sent again, 1 / (1 - p) of each
/// (selective repeat: Bertsekas & Gallager, Data Networks, 2.4).
double link_overhead(const LinkFaultsConfig& config);

}  // namespace kiln::learning
