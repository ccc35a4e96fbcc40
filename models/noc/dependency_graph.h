// SPDX-License-Identifier: MIT
// Freedom from deadlock, decided before anything moves: which channel a packet may hold while it asks for
// which.
#pragma once

#include <string>
#include <vector>

#include "noc/routing.h"

namespace kiln::noc {

/// A virtual channel on the wire behind a router's port.
struct Channel {
  int router = 0;
  int port = 0;
  int vc = 0;
};

/// Channels that can wait for one another in a circle when packets hold `vcs`; none: no deadlock can form.
/// Where a policy has no escape channels, the graph of all dependencies has to be free of cycles (W. J.
/// Dally, C. L. Seitz, IEEE ToC 36(5), 1987); where it has, that of the escape channels, with the
/// dependencies by way of others (J. Duato, IEEE TPDS 4(12), 1993). Throws base::SimError when a packet may
/// come to a router at which the policy offers it no (escape) channel.
std::vector<Channel> dependency_cycle(const Topology& topology, const Routing& routing, Mask vcs);

/// The circle closed: "(0,0) east VC 0 -> (1,0) east VC 0 -> (0,0) east VC 0", by the nodes beside the
/// routers.
std::string channels_text(const Topology& topology, const std::vector<Channel>& channels);

/// A circle of channels that the configuration's routing allows on its topology, as text, or nothing. Beyond
/// 8 columns or rows a network of 8 or, if odd, 9 stands for it: what routing does depends on relative places
/// and on whether they are odd.
std::string dependency_cycle_of(const NocConfig& config);

}  // namespace kiln::noc
