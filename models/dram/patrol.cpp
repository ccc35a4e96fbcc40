// SPDX-License-Identifier: MIT
#include "dram/patrol.h"

#include <cmath>

namespace kiln::dram {

Patrol::Patrol(const DramConfig& config)
    : period_s_(controller_scrubs(config.ecc) ? config.ecc.scrub_interval_s : 0),
      words_per_access_(8.0 * config.organisation.access_bytes / config.ecc.data_bits),
      word_bits_(config.ecc.data_bits + config.ecc.check_bits),
      units_(channel_bytes(config) / static_cast<std::uint64_t>(config.organisation.access_bytes)) {
  if (period_s_ > 0) map_.emplace(config.organisation, true);
  restart(0, config.clock_hz);
}

void Patrol::restart(Cycle at, double clock_hz) {
  if (period_s_ == 0) return;
  interval_ = period_s_ * clock_hz / static_cast<double>(units_);
  exact_due_ = static_cast<double>(at) + interval_;
  due_ = static_cast<Cycle>(std::ceil(exact_due_));
}

bool Patrol::advance() {
  unit_ = unit_ + 1 < units_ ? unit_ + 1 : 0;
  exact_due_ += interval_;
  due_ = static_cast<Cycle>(std::ceil(exact_due_));
  owed_ += wrong_share_;
  if (owed_ < 1) return false;
  owed_ -= 1;
  return true;
}

void Patrol::set_bit_error_rate(double rate) {
  // At least one wrong bit in the words of an access.
  wrong_share_ = -std::expm1(words_per_access_ * word_bits_ * std::log1p(-rate));
}

}  // namespace kiln::dram
