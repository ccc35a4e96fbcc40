// SPDX-License-Identifier: MIT
#include "workload/part.h"

namespace kiln::workload {

std::int64_t Part::elements() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) product *= extent;
  return product;
}

std::int64_t elements_of(const Parts& parts) {
  std::int64_t sum = 0;
  for (const Part& part : parts) sum += part.elements();
  return sum;
}

std::int64_t elements_of(const Parts& parts, PartKind kind) {
  std::int64_t sum = 0;
  for (const Part& part : parts)
    if (part.kind == kind) sum += part.elements();
  return sum;
}

std::vector<base::MatrixShape> matrices_of(const Parts& parts) {
  std::vector<base::MatrixShape> matrices;
  // Gates of a cell are outputs of one matrix; experts are layers of their own.
  const bool cell = elements_of(parts, PartKind::recurrent_weight) > 0;
  for (const Part& part : parts) {
    const bool is_matrix = part.kind == PartKind::weight || part.kind == PartKind::recurrent_weight ||
                           part.kind == PartKind::low_rank_down || part.kind == PartKind::low_rank_up;
    if (!is_matrix || part.extents.size() < 2) continue;
    const std::int64_t leading = part.extents.front();
    if (cell && part.extents.size() == 3) {
      matrices.push_back({part.offset, leading * part.extents[1], part.extents[2]});
    } else if (part.extents.size() == 3) {
      for (std::int64_t expert = 0; expert < leading; ++expert)
        matrices.push_back(
            {part.offset + expert * part.extents[1] * part.extents[2], part.extents[1], part.extents[2]});
    } else if (part.elements() > 0) {
      matrices.push_back({part.offset, leading, part.elements() / leading});
    }
  }
  return matrices;
}

Parts packed(Parts parts) {
  std::int64_t offset = 0;
  for (Part& part : parts) {
    part.offset = offset;
    offset += part.elements();
  }
  return parts;
}

}  // namespace kiln::workload
