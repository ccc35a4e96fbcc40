// SPDX-License-Identifier: MIT
// A link alone: what a transfer of so many bytes takes, closed form, with the bands of the link's figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "link/end_meter.h"

namespace kiln::part {

struct LinkOptions {
  link::LinkConfig config;
  std::vector<std::uint64_t> bytes;  ///< one transfer each
  link::Direction direction = link::Direction::up;
  std::optional<double> every_s;  ///< a transfer begins every so often; absent: one by itself
};

/// A number and between what it lies over the bands of the link's figures: each is moved to both its ends
/// alone, and the squares of the effects add up.
struct LinkEstimate {
  double value = 0, low = 0, high = 0;
};

struct LinkPoint {
  std::uint64_t bytes = 0;
  link::Account account;
  LinkEstimate time_s;
  LinkEstimate sender_j, receiver_j;
  double goodput_bytes_per_s() const { return static_cast<double>(bytes) / account.time_s; }
  double energy_j() const { return account.sender.total_j() + account.receiver.total_j(); }
  /// Of both ends, tails included; of a relayed link, of the device alone.
  double energy_j_per_bit() const { return energy_j() / (8 * static_cast<double>(bytes)); }
};

struct LinkReport {
  LinkOptions options;
  std::vector<LinkPoint> points;
};

/// Throws ConfigError for a transfer that does not fit its interval.
LinkReport run_link(const LinkOptions& options);
/// "1000", "64KiB" or several with commas between them; above 0. Throws ConfigError naming the text.
std::vector<std::uint64_t> parse_byte_list(const std::string& text);

/// One JSON object; keys in the README of models/link.
std::string to_json(const LinkReport& report);
std::string to_text(const LinkReport& report);

}  // namespace kiln::part
