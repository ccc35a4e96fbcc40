// SPDX-License-Identifier: MIT
// Who waits for whom when nothing moves: the cycle of channels a deadlock report names.
#include <algorithm>

#include "base/error.h"
#include "noc/exact_network.h"

namespace kiln::noc {

std::string ExactNetwork::channel_text(std::uint32_t channel) const {
  static constexpr const char* kSides[] = {"east", "west", "north", "south"};
  const int node = static_cast<int>(channel / kMaxChannels);
  const int input = static_cast<int>(channel % kMaxChannels);
  const int port = shape_.port_of[input];
  const Position at = topology_.position(node);
  const std::string side = port < kDirections ? kSides[port] : fmt::format("local {}", port - kDirections);
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
    if (port < kDirections) {
      const int next = topology_.neighbour(static_cast<int>(index), port);
      const int next_input = shape_.channel(Topology::opposite(port), shape_.vc_of(output));
      found.push_back(static_cast<std::uint32_t>(next * kMaxChannels + next_input));
    }
  }
  return found;
}

void ExactNetwork::report_deadlock() const {
  // Depth-first search with three colours; the first edge back to a grey channel closes a cycle.
  enum class Colour : std::uint8_t { white, grey, black };
  std::vector<Colour> colour(routers_.size() * kMaxChannels, Colour::white);
  std::vector<std::uint32_t> path;
  std::vector<std::uint32_t> cycle;
  const auto visit = [&](const auto& self, std::uint32_t channel) -> bool {
    colour[channel] = Colour::grey;
    path.push_back(channel);
    for (std::uint32_t next : waits_for(channel)) {
      if (colour[next] == Colour::grey) {
        cycle.assign(std::find(path.begin(), path.end(), next), path.end());
        return true;
      }
      if (colour[next] == Colour::white && self(self, next)) return true;
    }
    path.pop_back();
    colour[channel] = Colour::black;
    return false;
  };
  std::uint32_t blocked = 0;
  for (std::uint32_t router = 0; router < routers_.size(); ++router) {
    for (Mask rest = routers_[router].occupied; rest != 0; rest &= rest - 1) {
      const std::uint32_t channel =
          router * kMaxChannels + static_cast<std::uint32_t>(std::countr_zero(rest));
      ++blocked;
      if (cycle.empty() && colour[channel] == Colour::white) visit(visit, channel);
    }
  }
  std::string text = fmt::format(
      "network deadlock at cycle {}: no flit has moved since cycle {}, {} flits wait in {} channels", cycle_,
      last_progress_, flits_in_network_, blocked);
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
