// SPDX-License-Identifier: MIT
// performance and powersave: the top or the bottom of the table, whatever happens.
#pragma once

#include "governor/policy.h"

namespace kiln::governor {

class ConstantLevel final : public Policy {
 public:
  explicit ConstantLevel(int level) : level_(level) {}
  Decision decide(const Observation&) override { return {.level = level_}; }

 private:
  int level_;
};

}  // namespace kiln::governor
