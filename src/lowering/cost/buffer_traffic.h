// SPDX-License-Identifier: MIT
// Words a GEMM moves between main memory and the operand buffers of the array.
#pragma once

#include "lowering/cost/array_cost.h"

namespace kiln::lowering {

// Words each buffer holds. One half of a buffer is filled while the other is used.
struct BufferWords {
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t c = 0;
};

struct BufferTraffic {
  std::int64_t a_words = 0;
  std::int64_t b_words = 0;
  std::int64_t c_words = 0;  // written
  std::int64_t c_read_words =
      0;  // partial sums read back; SCALE-Sim does not count them, so `strict` leaves 0

  std::int64_t total() const { return a_words + b_words + c_words + c_read_words; }
};

// Halves of a buffer as SCALE-Sim rounds them: 50 * floor(words / 100).
std::int64_t active_half(std::int64_t words);

// The policy of SCALE-Sim: the streamed operand is fetched again for every column fold unless its distinct
// elements fit the active half, the stationary operand once (output stationary: parts of the filter again
// across window edges), and partial sums go to memory for every row fold. `a_distinct` is M*K for a GEMM and
// the input volume for a convolution.
BufferTraffic strict_traffic(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow,
                             const BufferWords& buffers, std::int64_t a_distinct);

// im2col in the DMA (distinct elements only), partial sums kept in the output buffer while the columns of one
// fold fit its active half, and the best of three loop orders: A, B or blocks of C stay.
BufferTraffic pipelined_traffic(const GemmShape& gemm, const ArrayShape& array, Dataflow dataflow,
                                const BufferWords& buffers, std::int64_t a_distinct);

// Double-buffered execution over one shared memory port: load(i+1) and store(i-1) run behind compute(i).
// Uniform tiles, as many as the operands fill active halves. Never below max(compute, words / bandwidth),
// never above their sum.
std::int64_t overlapped_cycles(std::int64_t compute_cycles, const BufferTraffic& traffic,
                               const BufferWords& buffers, double words_per_cycle);

}  // namespace kiln::lowering
