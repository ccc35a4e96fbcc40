// SPDX-License-Identifier: MIT
#include "noc/exact_router.h"

#include "base/error.h"

namespace kiln::noc {
namespace {

/// Which of the channels an input is granted it takes: adaptive routing prefers the port with most credits.
int accept_channel(const RouterState& router, const RouterShape& shape, int input, Mask granted) {
  if (!shape.adaptive) return round_robin(granted, router.vc_accept_pointer[input]);
  int best = -1, best_credits = -1;
  for (Mask rest = granted; rest != 0; rest &= rest - 1) {
    const int output = std::countr_zero(rest);
    const int first = shape.channel(shape.port_of[output], 0);
    int credits = 0;
    for (int channel = first; channel < first + shape.vcs; ++channel)
      credits += router.outputs[channel].credits;
    if (credits > best_credits) {
      best = output;
      best_credits = credits;
    }
  }
  return best;
}

/// VC of `input_port` that asks for an output: urgent ones, then the highest level, then round robin.
int select_vc(const RouterState& router, const RouterShape& shape, int input_port, Mask vcs) {
  if (shape.priority) {
    const int shift = input_port * shape.vcs;
    const Mask urgent = vcs & (router.urgent >> shift);
    if (urgent != 0) {
      vcs = urgent;
    } else {
      for (int level = static_cast<int>(router.of_level.size()) - 1; level > 0; --level) {
        const Mask of_level = vcs & (router.of_level[level] >> shift);
        if (of_level == 0) continue;
        vcs = of_level;
        break;
      }
    }
  }
  return round_robin(vcs, router.vc_pointer[input_port]);
}

}  // namespace

RouterShape::RouterShape(int port_count, int vc_count, bool by_priority, bool is_adaptive)
    : ports(port_count),
      vcs(vc_count),
      priority(by_priority),
      adaptive(is_adaptive),
      port_mask(bit(vc_count) - 1) {
  KILN_CHECK(
      port_count <= kMaxPorts && channels() <= kMaxChannels,
      "{} ports of {} virtual channels: the exact engine holds at most {} ports and {} channels per router",
      port_count, vc_count, kMaxPorts, kMaxChannels);
  for (int channel = 0; channel < channels(); ++channel)
    port_of[channel] = static_cast<std::uint8_t>(channel / vcs);
}

void allocate_channels(RouterState& router, const RouterShape& shape, GrantList& won) {
  std::array<Mask, kMaxChannels> granted;
  Mask inputs = 0;
  for (Mask open = router.wanted & router.free; open != 0; open &= open - 1) {
    const int output = std::countr_zero(open);
    const int input = round_robin(router.requests[output], router.vc_grant_pointer[output]);
    if ((inputs & bit(input)) == 0) granted[input] = 0;
    granted[input] |= bit(output);
    inputs |= bit(input);
  }
  for (; inputs != 0; inputs &= inputs - 1) {
    const int input = std::countr_zero(inputs);
    const int output = accept_channel(router, shape, input, granted[input]);
    router.vc_grant_pointer[output] =
        static_cast<std::uint8_t>(input + 1 == shape.channels() ? 0 : input + 1);
    router.vc_accept_pointer[input] =
        static_cast<std::uint8_t>(output + 1 == shape.channels() ? 0 : output + 1);
    won.add(input, output);
  }
}

void allocate_switch(RouterState& router, const RouterShape& shape, GrantList& won) {
  std::array<std::uint32_t, kMaxPorts> asking;   // by output port: input ports
  std::array<std::uint32_t, kMaxPorts> granted;  // by input port: output ports
  std::array<Mask, kMaxPorts> candidates;        // by output port: input channels
  Mask outputs = 0, inputs = 0;
  for (Mask rest = router.ready; rest != 0; rest &= rest - 1) {
    const int channel = std::countr_zero(rest);
    const int output = shape.port_of[router.inputs[channel].output];
    const std::uint32_t port = 1u << shape.port_of[channel];
    const bool first = (outputs & bit(output)) == 0;
    asking[output] = first ? port : asking[output] | port;
    candidates[output] = first ? bit(channel) : candidates[output] | bit(channel);
    outputs |= bit(output);
  }
  for (; outputs != 0; outputs &= outputs - 1) {
    const int output = std::countr_zero(outputs);
    const int input = round_robin(asking[output], router.switch_grant_pointer[output]);
    granted[input] = (inputs & bit(input)) == 0 ? 1u << output : granted[input] | 1u << output;
    inputs |= bit(input);
  }
  for (; inputs != 0; inputs &= inputs - 1) {
    const int input = std::countr_zero(inputs);
    const int output = round_robin(granted[input], router.switch_accept_pointer[input]);
    router.switch_grant_pointer[output] = static_cast<std::uint8_t>(input + 1 == shape.ports ? 0 : input + 1);
    router.switch_accept_pointer[input] =
        static_cast<std::uint8_t>(output + 1 == shape.ports ? 0 : output + 1);
    const Mask vcs = (candidates[output] >> shape.channel(input, 0)) & shape.port_mask;
    const int vc = select_vc(router, shape, input, vcs);
    router.vc_pointer[input] = static_cast<std::uint8_t>(vc + 1 == shape.vcs ? 0 : vc + 1);
    won.add(shape.channel(input, vc), output);
  }
}

}  // namespace kiln::noc
