// SPDX-License-Identifier: MIT
// Who waits for whom when nothing moves: the cycle of channels a deadlock report names.
#include "base/error.h"
#include "noc/cycle.h"
#include "noc/exact_network.h"

namespace kiln::noc {

std::string ExactNetwork::channel_text(std::uint32_t channel) const {
  const int router = static_cast<int>(channel / kMaxChannels);
  const int input = static_cast<int>(channel % kMaxChannels);
  const int port = shape_.port_of[input];
  const int node = topology_.home(router);
  const Position at = topology_.position(node);
  const std::string side = port < shape_.network_ports ? std::string(topology_.port_name(port))
                                                       : fmt::format("local {}", port - shape_.network_ports);
  return fmt::format("node {} ({},{}) input {} VC {}", node, at.column, at.row, side, shape_.vc_of(input));
}

/// Channels whose advance the given input channel waits for: holders of the outputs it asks for, or the
/// buffer downstream that gives no credit.
std::vector<std::uint32_t> ExactNetwork::waits_for(std::uint32_t channel) const {
  const std::uint32_t index = channel / kMaxChannels;
  const int input = static_cast<int>(channel % kMaxChannels);
  const RouterState& router = routers_[index];
  std::vector<std::uint32_t> found;
  if (router.inputs[input].stage == RouterState::Stage::waiting) {
    for (Mask rest = router.asked[input] & ~router.free; rest != 0; rest &= rest - 1) {
      found.push_back(index * kMaxChannels + router.outputs[std::countr_zero(rest)].owner);
    }
  } else if (router.inputs[input].stage == RouterState::Stage::active &&
             router.outputs[router.inputs[input].output].credits == 0) {
    const int output = router.inputs[input].output;
    const int port = shape_.port_of[output];
    if (port < shape_.network_ports) {
      const int next = topology_.neighbour(static_cast<int>(index), port);
      const int next_input =
          shape_.channel(topology_.entry(static_cast<int>(index), port), shape_.vc_of(output));
      found.push_back(static_cast<std::uint32_t>(next * kMaxChannels + next_input));
    }
  }
  return found;
}

void ExactNetwork::report_deadlock() const {
  std::vector<std::uint32_t> blocked;
  for (std::uint32_t router = 0; router < routers_.size(); ++router)
    for (Mask rest = routers_[router].occupied; rest != 0; rest &= rest - 1)
      blocked.push_back(router * kMaxChannels + static_cast<std::uint32_t>(std::countr_zero(rest)));
  const std::vector<std::uint32_t> cycle =
      find_cycle(routers_.size() * kMaxChannels, blocked, [this](std::uint32_t c) { return waits_for(c); });
  std::string text = fmt::format(
      "network deadlock at cycle {}: no flit has moved since cycle {}, {} flits wait in {} channels", cycle_,
      last_progress_, flits_in_network_, blocked.size());
  if (cycle.empty()) {
    text += "; no cycle of waiting channels was found: a sink or a credit was lost";
  } else {
    text += "; these wait for one another:";
    for (std::uint32_t channel : cycle) text += "\n  " + channel_text(channel) + " ->";
    text += "\n  " + channel_text(cycle.front());
  }
  throw base::SimError(text);
}

}  // namespace kiln::noc
