// SPDX-License-Identifier: MIT
// State of one virtual-channel router and its two separable allocators, as request bit masks.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "noc/routing.h"

namespace kiln::noc {

inline constexpr int kMaxChannels = 64;  ///< (port, VC) pairs of a router: the width of a Mask
inline constexpr int kMaxPorts = 12;

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

/// Channels are numbered port * VCs + VC, inputs and outputs alike; ports 0 to 3 are the directions (an input
/// port is named after the side its flits come from), local ports follow.
struct RouterState {
  enum class Channel : std::uint8_t { idle, routing, waiting, active };

  Mask ready = 0;                             ///< inputs with a flit, an output channel and a credit for it
  Mask free = 0;                              ///< output channels no packet holds
  Mask wanted = 0;                            ///< output channels some waiting head asks for
  Mask occupied = 0;                          ///< inputs that hold flits
  std::array<Mask, kMaxChannels> requests{};  ///< by output channel: inputs asking for it
  std::array<Mask, kMaxPorts> to_port{};      ///< by output port: inputs whose packet leaves there
  std::array<Mask, 8> of_level{};             ///< inputs by priority level of the packet in front
  Mask urgent = 0;                            ///< inputs that waited beyond the starvation bound

  std::array<Channel, kMaxChannels> state{};
  std::array<std::uint8_t, kMaxChannels> output_of{};  ///< of an active input
  std::array<std::uint8_t, kMaxChannels> owner{};      ///< input holding an output channel
  std::array<std::uint8_t, kMaxChannels> queued{};     ///< flits in an input buffer
  std::array<std::uint8_t, kMaxChannels> head{};       ///< ring position of the front flit
  std::array<std::int16_t, kMaxChannels> credits{};    ///< of an output channel
  std::array<Mask, kMaxChannels> asked{};              ///< output channels a waiting input asks for

  std::array<std::uint8_t, kMaxChannels> vc_grant_pointer{}, vc_accept_pointer{};
  std::array<std::uint8_t, kMaxPorts> switch_grant_pointer{}, switch_accept_pointer{}, vc_pointer{};
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
  int ports = 0;
  int vcs = 0;
  bool priority = false;
  bool adaptive = false;
  int channels() const { return ports * vcs; }
  Mask port_mask() const { return (Mask{1} << vcs) - 1; }
};

/// iSLIP with one iteration (N. McKeown, IEEE/ACM ToN 7(2), 1999): outputs grant round robin, inputs accept
/// round robin, both pointers move only past an accepted grant.
void allocate_channels(RouterState& router, const RouterShape& shape, GrantList& won);

/// The same over ports. Within an input port the ready VCs that want one output compete first: the highest
/// priority level, then round robin from the VC after the last one served. Fills (input channel, output
/// port).
void allocate_switch(RouterState& router, const RouterShape& shape, GrantList& won);

}  // namespace kiln::noc
