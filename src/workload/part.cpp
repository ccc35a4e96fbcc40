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

Parts packed(Parts parts) {
  std::int64_t offset = 0;
  for (Part& part : parts) {
    part.offset = offset;
    offset += part.elements();
  }
  return parts;
}

}  // namespace kiln::workload
