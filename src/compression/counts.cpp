// SPDX-License-Identifier: MIT
#include "compression/counts.h"

namespace kiln::compression {

WorkCounts& WorkCounts::operator+=(const WorkCounts& other) {
  for (const auto count : kWorkCounts) this->*count += other.*count;
  return *this;
}

BitCounts& BitCounts::operator+=(const BitCounts& other) {
  payload += other.payload;
  index += other.index;
  scale += other.scale;
  header += other.header;
  padding += other.padding;
  return *this;
}

}  // namespace kiln::compression
