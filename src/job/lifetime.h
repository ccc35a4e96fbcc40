// SPDX-License-Identifier: MIT
// How much of its life a device has used up: damage adds up along temperature and current (Miner's rule).
//
//   Arrhenius  rate = exp(Ea/k (1/T_ref - 1/T)) / life at T_ref
//   Black      the same times (j / j_ref)^n: mean time to failure A j^-n exp(Ea/kT)
#pragma once

#include <vector>

#include "job/job_config.h"

namespace kiln::job {

/// exp(Ea/k (1/T_ref - 1/T)): how many times faster than at the reference temperature.
double arrhenius_factor(double activation_energy_ev, double reference_c, double celsius);

struct WornPart {
  double nominal = 0, low = 0,
         high = 0;  ///< share of its life; the band is that of activation energy and exponent
};

class Lifetime {
 public:
  explicit Lifetime(std::vector<WearConfig> mechanisms);

  /// A stretch at these temperatures and this current over that at rated power.
  void add(double dt_s, double die_c, double memory_c, double ambient_c, double current_share);
  const std::vector<WearConfig>& mechanisms() const { return mechanisms_; }
  const std::vector<WornPart>& worn() const { return worn_; }
  double time_s() const { return time_s_; }

 private:
  std::vector<WearConfig> mechanisms_;
  std::vector<WornPart> worn_;
  double time_s_ = 0;
};

}  // namespace kiln::job
