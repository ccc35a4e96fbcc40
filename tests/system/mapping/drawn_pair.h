// SPDX-License-Identifier: MIT
// Random networks on random chips, and the same with a little more or less of one thing.
#pragma once

#include <string>
#include <vector>

#include "base/rng.h"
#include "lowering/cost/objective.h"

namespace kiln::testing {

/// What the second of a pair has, which may not make it worse.
enum class Law { fewer_samples, more_tiles, more_bandwidth, fewer_bits, wider_links, more_ports };
inline constexpr Law kLaws[] = {Law::fewer_samples, Law::more_tiles,  Law::more_bandwidth,
                                Law::fewer_bits,    Law::wider_links, Law::more_ports};
const char* name(Law law);

/// A small network trained on a chip of edge_lpddr5's kind: memory ports in the first row of the network,
/// from the last column on, tiles from the first column of the next rows on, so that no port that joins is
/// farther away.
struct Drawn {
  std::string network;  ///< text of a workload file
  int batch = 1, micro_batches = 1;
  std::string optimizer = "sgd";
  int array = 16, lanes = 32, local_sram_kib = 128, tiles = 4;
  int channels = 4, ports = 2, link_bytes = 16, clock_mhz = 800;
  int dma_window_kib = 16;  ///< each way
  std::string gradients = "fp32", activations = "fp16";
  std::string recompute = "none";
  bool compressed = false;

  std::string text() const;
  std::vector<std::string> overrides(const std::string& network_file) const;
};

Drawn draw(int number);
/// `drawn` with more, or less, of what the law is about; how much depends on `number`.
Drawn bettered(Drawn drawn, Law law, int number);

/// Time and energy of a step at the highest operating point, in the way that `mapping` chooses.
struct Outcome {
  lowering::Price price = {};
  double forward_macs_per_sample = 0;  ///< recomputation included
  std::string way = {};
  std::string error = {};
};
Outcome simulate(const Drawn& drawn, const std::vector<std::string>& settings = {});

}  // namespace kiln::testing
