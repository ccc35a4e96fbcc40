// SPDX-License-Identifier: MIT
#include "compression/counts.h"

namespace kiln::compression {

WorkCounts& WorkCounts::operator+=(const WorkCounts& other) {
  elements += other.elements;
  passes += other.passes;
  sampled += other.sampled;
  compares += other.compares;
  additions += other.additions;
  multiplications += other.multiplications;
  random_numbers += other.random_numbers;
  residual_reads += other.residual_reads;
  residual_writes += other.residual_writes;
  table_reads += other.table_reads;
  table_writes += other.table_writes;
  coded_values += other.coded_values;
  serial_values += other.serial_values;
  guarded += other.guarded;
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
