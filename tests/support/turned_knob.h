// SPDX-License-Identifier: MIT
// Keys of a kind of file, each turned where it has to move a number.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "support/catch.h"

namespace kiln::testing {

struct TurnedKnob {
  std::string key;                        ///< as add_keys names it
  std::string place;                      ///< where it is turned
  std::string changed;                    ///< its value then
  std::string number;                     ///< that moves; empty: it leads a list and is not turned
  std::vector<std::string> setting = {};  ///< in which it acts
};

inline std::set<std::string> keys_of(const std::vector<TurnedKnob>& knobs) {
  std::set<std::string> keys;
  for (const TurnedKnob& knob : knobs) keys.insert(knob.key);
  return keys;
}

/// `number` gives one of the file with these overrides.
template <class Number>
void check_all_move(const std::vector<TurnedKnob>& knobs, Number number) {
  for (const TurnedKnob& knob : knobs) {
    if (knob.number.empty()) continue;
    INFO(knob.key);
    std::vector<std::string> turned = knob.setting;
    turned.push_back(knob.place + "=" + knob.changed);
    CHECK(number(turned, knob.number) != number(knob.setting, knob.number));
  }
}

}  // namespace kiln::testing
