// SPDX-License-Identifier: MIT
// State of one virtual-channel router and its two separable allocators, as request bit masks.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "noc/noc_config.h"
#include "noc/routing.h"

namespace kiln::noc {

inline constexpr int kMaxChannels = 64;          ///< (port, VC) pairs of a router: the width of a Mask
inline constexpr int kMaxPorts = kMaxChannels;   ///< at least one channel each
inline constexpr int kMaxGroups = kMaxChannels;  ///< switch inputs: ports times input speed-up

inline Mask bit(int index) {
  return Mask{1} << index;
}

/// Round robin: the first member at or after `pointer`, wrapping; `mask` is not empty.
inline int round_robin(Mask mask, int pointer) {
  const Mask ahead = mask & (~Mask{0} << pointer);
  return std::countr_zero(ahead != 0 ? ahead : mask);
}

/// An input (port, VC) that won an output (port, VC).
struct ChannelGrant {
  std::uint8_t input;
  std::uint8_t output;
};

/// Channels are numbered port * VCs + VC, inputs and outputs alike; ports towards other routers come first
/// (an input port has the number of the output that goes back), interfaces follow. Members that a flit uses
/// together are adjacent.
struct RouterState {
  enum class Stage : std::uint8_t { idle, routing, waiting, active };
  struct Input {
    Stage stage = Stage::idle;
    std::uint8_t output = 0;  ///< channel held by an active input
    std::uint8_t queued = 0;  ///< flits in the buffer
    std::uint8_t head = 0;    ///< ring position of the front flit
  };
  struct Output {
    std::int16_t credits = 0;
    std::uint8_t owner = 0;  ///< input holding the channel
  };

  Mask ready = 0;     ///< inputs with a flit, an output channel and a credit for it
  Mask free = 0;      ///< output channels no packet holds
  Mask wanted = 0;    ///< output channels some waiting head asks for
  Mask occupied = 0;  ///< inputs that hold flits
  Mask urgent = 0;    ///< inputs that waited beyond the starvation bound
  std::array<Input, kMaxChannels> inputs{};
  std::array<Output, kMaxChannels> outputs{};
  std::array<std::uint8_t, kMaxPorts> switch_grant_pointer{};                  ///< by output port
  std::array<std::uint8_t, kMaxGroups> switch_accept_pointer{}, vc_pointer{};  ///< by switch input
  std::array<std::uint8_t, kMaxChannels> vc_grant_pointer{}, vc_accept_pointer{};
  std::array<Mask, kMaxChannels> requests{};  ///< by output channel: inputs asking for it
  std::array<Mask, kMaxChannels> asked{};     ///< by waiting input: output channels it asks for
  std::array<Mask, 8> of_level{};             ///< inputs by priority level of the packet in front
};

/// Grants produced in one cycle.
struct GrantList {
  std::array<ChannelGrant, kMaxChannels> grants;
  int count = 0;
  void add(int input, int output) {
    grants[count++] = {static_cast<std::uint8_t>(input), static_cast<std::uint8_t>(output)};
  }
  const ChannelGrant* begin() const { return grants.data(); }
  const ChannelGrant* end() const { return grants.data() + count; }
};

/// Sizes and rules that all routers of a network share.
struct RouterShape {
  RouterShape(const NocConfig& config, const Topology& topology, bool adaptive);

  int network_ports;  ///< towards other routers
  int ports;
  int vcs;
  int groups;  ///< inputs of the switch: with input speed-up s a port has s, VC v feeds the (v mod s)th
  bool priority;
  bool adaptive;
  bool speculative;
  std::array<std::uint8_t, kMaxChannels> port_of{};   ///< by channel
  std::array<std::uint8_t, kMaxChannels> group_of{};  ///< by input channel
  std::array<Mask, kMaxGroups> channels_of{};         ///< by group
  int channels() const { return ports * vcs; }
  int vc_of(int channel) const { return channel - port_of[channel] * vcs; }
  int channel(int port, int vc) const { return port * vcs + vc; }
};

/// iSLIP with one iteration (N. McKeown, IEEE/ACM ToN 7(2), 1999): outputs grant round robin, inputs accept
/// round robin, both pointers move only past an accepted grant.
void allocate_channels(RouterState& router, const RouterShape& shape, GrantList& won);

/// The same over switch inputs and output ports. Within a switch input the ready VCs that want one output
/// compete first: the highest priority level, then round robin from the VC after the last one served. Fills
/// (input channel, output port). With speculation, heads that still wait for an output channel ask too where
/// no other VC of their switch input does; the grant is void if they get no channel in the same cycle.
void allocate_switch(RouterState& router, const RouterShape& shape, GrantList& won);

}  // namespace kiln::noc
