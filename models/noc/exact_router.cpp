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

/// Of the input channels that ask for one output the urgent ones, else those of the highest level.
Mask most_urgent(const RouterState& router, Mask asking) {
  if ((asking & router.urgent) != 0) return asking & router.urgent;
  for (int level = static_cast<int>(router.of_level.size()) - 1; level > 0; --level) {
    if ((asking & router.of_level[level]) != 0) return asking & router.of_level[level];
  }
  return asking;
}

/// Input channels by the output port they ask for, and the switch inputs they belong to.
struct SwitchRequests {
  Mask outputs = 0;
  std::array<Mask, kMaxPorts> groups;  // of `outputs` only
  std::array<Mask, kMaxPorts> channels;

  void add(const RouterShape& shape, int channel, int output) {
    groups[output] = groups_for(output) | bit(shape.group_of[channel]);
    channels[output] = channels_for(output) | bit(channel);
    outputs |= bit(output);
  }
  Mask groups_for(int output) const { return (outputs & bit(output)) != 0 ? groups[output] : 0; }
  Mask channels_for(int output) const { return (outputs & bit(output)) != 0 ? channels[output] : 0; }
};

/// Heads that may get a channel with a credit in this cycle.
SwitchRequests speculative_requests(const RouterState& router, const RouterShape& shape) {
  SwitchRequests requests;
  for (Mask open = router.wanted & router.free; open != 0; open &= open - 1) {
    const int channel = std::countr_zero(open);
    if (router.outputs[channel].credits == 0) continue;
    for (Mask heads = router.requests[channel]; heads != 0; heads &= heads - 1)
      requests.add(shape, std::countr_zero(heads), shape.port_of[channel]);
  }
  return requests;
}

inline void grant_switch(RouterState& router, const RouterShape& shape, int channel, int output,
                         GrantList& won) {
  const int group = shape.group_of[channel];
  router.switch_grant_pointer[output] = static_cast<std::uint8_t>(group + 1 == shape.groups ? 0 : group + 1);
  router.switch_accept_pointer[group] = static_cast<std::uint8_t>(output + 1 == shape.ports ? 0 : output + 1);
  router.vc_pointer[group] = static_cast<std::uint8_t>((channel + 1) % kMaxChannels);
  won.add(channel, output);
}

}  // namespace

RouterShape::RouterShape(const NocConfig& config, const Topology& topology, bool is_adaptive)
    : network_ports(topology.ports()),
      ports(network_ports + topology.interfaces()),
      vcs(config.virtual_channels),
      groups(ports * config.input_speedup),
      priority(config.qos.priority),
      adaptive(is_adaptive),
      speculative(config.pipeline.speculative) {
  KILN_CHECK(
      ports <= kMaxPorts && channels() <= kMaxChannels && groups <= kMaxGroups,
      "{} ports of {} virtual channels: the exact engine holds at most {} ports and {} channels per router",
      ports, vcs, kMaxPorts, kMaxChannels);
  for (int channel = 0; channel < channels(); ++channel) {
    const int port = channel / vcs;
    const int group = port * config.input_speedup + (channel - port * vcs) % config.input_speedup;
    port_of[channel] = static_cast<std::uint8_t>(port);
    group_of[channel] = static_cast<std::uint8_t>(group);
    channels_of[group] |= bit(channel);
  }
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

/// iSLIP over the output ports asked for, by these switch inputs and, of one of them, by these channels.
template <class Groups, class Select>
void match_switch(RouterState& router, const RouterShape& shape, Mask outputs, Groups groups_of,
                  Select channels_of, GrantList& won) {
  std::array<Mask, kMaxGroups> granted;  // output ports
  Mask groups = 0;
  for (; outputs != 0; outputs &= outputs - 1) {
    const int output = std::countr_zero(outputs);
    const int group = round_robin(groups_of(output), router.switch_grant_pointer[output]);
    granted[group] = (groups & bit(group)) == 0 ? bit(output) : granted[group] | bit(output);
    groups |= bit(group);
  }
  for (; groups != 0; groups &= groups - 1) {
    const int group = std::countr_zero(groups);
    const int output = round_robin(granted[group], router.switch_accept_pointer[group]);
    Mask asking = channels_of(output, shape.channels_of[group]);
    if (shape.priority) asking = most_urgent(router, asking);
    grant_switch(router, shape, round_robin(asking, router.vc_pointer[group]), output, won);
  }
}

void allocate_switch(RouterState& router, const RouterShape& shape, GrantList& won) {
  if (!shape.speculative && std::has_single_bit(router.ready)) {
    const int channel = std::countr_zero(router.ready);
    grant_switch(router, shape, channel, shape.port_of[router.inputs[channel].output], won);
    return;
  }
  SwitchRequests sure;
  for (Mask rest = router.ready; rest != 0; rest &= rest - 1) {
    const int channel = std::countr_zero(rest);
    sure.add(shape, channel, shape.port_of[router.inputs[channel].output]);
  }
  if (!shape.speculative) {
    match_switch(
        router, shape, sure.outputs, [&](int output) { return sure.groups[output]; },
        [&](int output, Mask of_group) { return sure.channels[output] & of_group; }, won);
    return;
  }
  const SwitchRequests guesses = speculative_requests(router, shape);
  match_switch(
      router, shape, sure.outputs | guesses.outputs,
      [&](int output) { return sure.groups_for(output) | guesses.groups_for(output); },
      [&](int output, Mask of_group) {
        const Mask asking = sure.channels_for(output) & of_group;
        return asking != 0 ? asking : guesses.channels_for(output) & of_group;
      },
      won);
}

}  // namespace kiln::noc
