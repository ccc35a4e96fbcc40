// SPDX-License-Identifier: MIT
#include "lowering/expert_shares.h"

#include <algorithm>

namespace kiln::lowering {

using workload::TensorClass;

namespace {

/// Rows among the first `rows` of all samples that belong to an expert with `own` rows of a sample's `all`,
/// behind `front` of others.
std::int64_t rows_among(std::int64_t rows, std::int64_t all, std::int64_t front, std::int64_t own) {
  return rows / all * own + std::clamp<std::int64_t>(rows % all - front, 0, own);
}

const Share& share_for(TensorClass cls, const ExpertShare& own) {
  if (is_per_sample(cls)) return own.rows;
  return cls == TensorClass::weight_gradient ? own.gradient : own.weights;
}

}  // namespace

std::vector<ExpertShare> expert_shares(const workload::ExpertProduct& product, std::int64_t begin,
                                       std::int64_t count) {
  const std::int64_t all = product.all_rows();
  std::vector<ExpertShare> shares;
  std::int64_t front = 0, taken = 0;
  for (std::int64_t expert = 0; expert < product.experts(); ++expert) {
    const std::int64_t own = product.rows[static_cast<std::size_t>(expert)];
    const std::int64_t mine = rows_among(begin + count, all, front, own) - rows_among(begin, all, front, own);
    front += own;
    if (mine == 0) continue;
    shares.push_back({{taken, taken + mine, count}, {expert, expert + 1, product.experts()}, {}});
    taken += mine;
  }
  const auto active = static_cast<std::int64_t>(shares.size());
  for (std::int64_t i = 0; i < active; ++i) shares[static_cast<std::size_t>(i)].gradient = {i, i + 1, active};
  return shares;
}

Flows parts_of(const Flows& flows, const ExpertShare& own) {
  Flows parts;
  for (const Operand& operand : flows.reads)
    parts.reads.push_back(part_of(operand, share_for(operand.cls, own)));
  for (const Operand& operand : flows.writes)
    parts.writes.push_back(part_of(operand, share_for(operand.cls, own)));
  return parts;
}

}  // namespace kiln::lowering
