// SPDX-License-Identifier: MIT
// BookSim 2's configuration files (`booksim mesh88_lat`) as networks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/unknowns.h"
#include "noc/noc_config.h"
#include "noc/synthetic.h"

namespace kiln::noc {

/// The traffic that a file names beside the network; what is absent has BookSim's defaults.
struct BooksimTraffic {
  Pattern pattern = Pattern::uniform;
  double load =
      0;  ///< flits per node and cycle: BookSim's rate counts packets unless it says flits; 0: none given
  int sample_cycles = 1000;
};

struct LoadedNetwork {
  StandaloneConfig config;
  std::optional<BooksimTraffic> traffic;  ///< of a BookSim file
};

/// A BookSim configuration as the tree of one of our networks: a mesh of two dimensions, dimension order,
/// input-queued routers, every value where BookSim's file has it.
struct BooksimNetwork {
  config::Node tree;
  BooksimTraffic traffic;
};

/// Whether the first statement is `key = value;`.
bool is_booksim_configuration(std::string_view text);

/// Throws base::ConfigError with file:line for statements of another form, numbers that are none, keys that
/// come twice, and topologies, dimensions and traffic that are not there. Keys that BookSim does not have,
/// and values that change the router and are not modelled (allocators but one iSLIP, output speedup,
/// classes), are unknowns.
BooksimNetwork read_booksim(std::string_view text, const std::string& path, base::Unknowns& unknowns);

/// A network from `path`, BookSim's or ours. `overrides` are "key.key=value" of our keys.
LoadedNetwork load_network(const std::string& path, const std::vector<std::string>& overrides,
                           base::Unknowns& unknowns);

}  // namespace kiln::noc
