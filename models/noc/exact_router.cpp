// SPDX-License-Identifier: MIT
#include "noc/exact_router.h"

namespace kiln::noc {
namespace {

/// Which of the channels an input is granted it takes: adaptive routing prefers the port with most credits.
int accept_channel(const RouterState& router, const RouterShape& shape, int input, Mask granted) {
  if (!shape.adaptive) return round_robin(granted, router.vc_accept_pointer[input]);
  int best = -1, best_credits = -1;
  for (Mask rest = granted; rest != 0; rest &= rest - 1) {
    const int output = std::countr_zero(rest);
    const int first = output / shape.vcs * shape.vcs;
    int credits = 0;
    for (int channel = first; channel < first + shape.vcs; ++channel) credits += router.credits[channel];
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
  std::array<Mask, kMaxPorts> candidates;
  std::array<Mask, kMaxPorts> granted{};
  const Mask port_mask = shape.port_mask();
  Mask inputs = 0;
  for (int output = 0; output < shape.ports; ++output) {
    candidates[output] = router.ready & router.to_port[output];
    if (candidates[output] == 0) continue;
    Mask asking = 0;
    Mask rest = candidates[output];
    for (int input = 0; rest != 0; ++input, rest >>= shape.vcs) {
      if ((rest & port_mask) != 0) asking |= bit(input);
    }
    const int input = round_robin(asking, router.switch_grant_pointer[output]);
    granted[input] |= bit(output);
    inputs |= bit(input);
  }
  for (; inputs != 0; inputs &= inputs - 1) {
    const int input = std::countr_zero(inputs);
    const int output = round_robin(granted[input], router.switch_accept_pointer[input]);
    router.switch_grant_pointer[output] = static_cast<std::uint8_t>(input + 1 == shape.ports ? 0 : input + 1);
    router.switch_accept_pointer[input] =
        static_cast<std::uint8_t>(output + 1 == shape.ports ? 0 : output + 1);
    const Mask vcs = (candidates[output] >> (input * shape.vcs)) & port_mask;
    const int vc = select_vc(router, shape, input, vcs);
    router.vc_pointer[input] = static_cast<std::uint8_t>(vc + 1 == shape.vcs ? 0 : vc + 1);
    won.add(input * shape.vcs + vc, output);
  }
}

}  // namespace kiln::noc
