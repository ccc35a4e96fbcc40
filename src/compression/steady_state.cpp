// SPDX-License-Identifier: MIT
#include "compression/steady_state.h"

namespace kiln::compression {

Encoded encode_in_steady_state(const Codec& codec, std::span<const float> gradient, base::Rng& rng,
                               Sent* sent) {
  const CodecConfig& config = codec.config();
  const bool selects = config.selection == Selection::top_k || config.selection == Selection::dgc;
  State state;
  state.step = config.warm_up_steps;
  if (selects && config.selector == Selector::previous_step) {
    State first = state;
    codec.encode(gradient, first, rng);
    state.control = first.control;
  }
  return codec.encode(gradient, state, rng, sent);
}

}  // namespace kiln::compression
