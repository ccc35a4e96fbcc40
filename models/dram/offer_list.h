// SPDX-License-Identifier: MIT
// What each bank could do next, at most one command of one kind, and which of it comes first.
//
// The offers of a sub-channel are linked in order of age, because the oldest of the earliest is wanted: no
// offer is earlier than the constraints all of them share, so a search mostly ends at its first offer. The
// answer is kept until an offer that could change it does, or the constraints of the sub-channel do (forget).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dram/timing_table.h"

namespace kiln::dram {

struct Offer {
  Cycle ready = 0;  ///< by the bank's own constraints and the request's
  std::uint64_t age = 0;
  std::int32_t slot = -1;
  std::uint32_t group = 0;
};

class OfferList {
 public:
  static constexpr std::int32_t kEnd = -1;
  static constexpr Cycle kNever = Cycle{1} << 60;

  struct Best {
    Cycle at = kNever;
    std::uint64_t age = 0;
    std::int32_t bank = kEnd;
    std::int32_t slot = kEnd;
    bool known = true;
  };

  OfferList(int subs, int banks)
      : first_(static_cast<std::size_t>(subs), kEnd),
        last_(first_),
        best_(first_.size()),
        nodes_(static_cast<std::size_t>(banks)) {}

  const Offer& operator[](std::int32_t bank) const { return node(bank).offer; }
  bool has(std::int32_t bank) const { return node(bank).used; }
  bool empty() const { return size_ == 0; }
  bool empty(int sub) const { return first_[static_cast<std::size_t>(sub)] == kEnd; }
  std::size_t size() const { return size_; }

  /// Replaces what `bank` of `sub` offered before.
  void set(int sub, std::int32_t bank, Cycle ready, std::uint64_t age, std::int32_t slot,
           std::uint32_t group);
  void drop(int sub, std::int32_t bank);
  /// Constraints of the sub-channel's offers changed.
  void forget(int sub) { best_[static_cast<std::size_t>(sub)].known = false; }
  void forget() {
    for (Best& best : best_) best.known = false;
  }
  /// The answer of the last search in `sub`, and whether one from `floor` on would give it again.
  const Best& best(int sub) const { return best_[static_cast<std::size_t>(sub)]; }
  bool knows(int sub, Cycle floor) const { return best(sub).known && best(sub).at >= floor; }
  /// The earliest, then oldest offer of `sub` not before `least`, the constraints all its offers share.
  /// `level(group)`: first cycle by those of a bank group; banks that `held(bank)` names are passed over.
  template <class Level, class Held>
  const Best& search(int sub, Cycle least, Level&& level, Held&& held);

 private:
  struct Node {
    Offer offer;
    std::int32_t next = kEnd, previous = kEnd;
    bool used = false;
  };
  void link(int sub, std::int32_t bank, std::uint64_t age);
  Node& node(std::int32_t bank) { return nodes_[static_cast<std::size_t>(bank)]; }
  const Node& node(std::int32_t bank) const { return nodes_[static_cast<std::size_t>(bank)]; }

  std::vector<std::int32_t> first_, last_;  ///< by sub-channel
  std::vector<Best> best_;
  std::vector<Node> nodes_;  ///< by bank
  std::size_t size_ = 0;
};

inline void OfferList::drop(int sub, std::int32_t bank) {
  Node& gone = node(bank);
  if (!gone.used) return;
  const auto s = static_cast<std::size_t>(sub);
  gone.used = false;
  --size_;
  (gone.previous == kEnd ? first_[s] : node(gone.previous).next) = gone.next;
  (gone.next == kEnd ? last_[s] : node(gone.next).previous) = gone.previous;
  if (best_[s].bank == bank) best_[s].known = false;
}

// Field by field: a record written and copied at once stalls on its own stores.
inline void OfferList::set(int sub, std::int32_t bank, Cycle ready, std::uint64_t age, std::int32_t slot,
                           std::uint32_t group) {
  const auto s = static_cast<std::size_t>(sub);
  Node& added = node(bank);
  if (ready <= best_[s].at || bank == best_[s].bank) best_[s].known = false;
  if (!added.used || added.offer.age != age) {
    drop(sub, bank);
    link(sub, bank, age);
    added.offer.age = age;
  }
  added.offer.ready = ready;
  added.offer.slot = slot;
  added.offer.group = group;
}

inline void OfferList::link(int sub, std::int32_t bank, std::uint64_t age) {
  const auto s = static_cast<std::size_t>(sub);
  std::int32_t before = last_[s];  // new offers mostly are the youngest
  while (before != kEnd && node(before).offer.age > age) before = node(before).previous;
  std::int32_t& next = before == kEnd ? first_[s] : node(before).next;
  Node& added = node(bank);
  added.next = next;
  added.previous = before;
  added.used = true;
  (next == kEnd ? last_[s] : node(next).previous) = bank;
  next = bank;
  ++size_;
}

template <class Level, class Held>
const OfferList::Best& OfferList::search(int sub, Cycle least, Level&& level, Held&& held) {
  const auto s = static_cast<std::size_t>(sub);
  Best found;
  for (std::int32_t bank = first_[s]; bank != kEnd; bank = node(bank).next) {
    const Offer& offer = node(bank).offer;
    const Cycle ready = std::max({least, offer.ready, level(offer.group)});
    if (ready >= found.at || held(bank)) continue;
    found = {ready, offer.age, bank, offer.slot, true};
    if (ready == least) break;  // the others are younger
  }
  return best_[s] = found;
}

}  // namespace kiln::dram
