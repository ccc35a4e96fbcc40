// SPDX-License-Identifier: MIT
// The four patterns of an exchange.
#pragma once

#include <utility>
#include <vector>

#include "fleet/exchange.h"
#include "fleet/network.h"

namespace kiln::fleet {

/// Who takes part, what they send, and by whom.
class Pattern : public Exchange {
 protected:
  /// `parcels` and `post` must outlive it.
  Pattern(Members members, const Parcels& parcels, Post& post)
      : members_(std::move(members)), parcels_(parcels), post_(post) {}

  Members members_;
  const Parcels& parcels_;
  Post& post_;
};

/// Reduce-scatter and all-gather around a ring of n devices: 2 (n - 1) messages each of 1/n of the gradient
/// (Patarasuk and Yuan, JPDC 2009). Message t of a device follows from message t - 1 of the one before it.
class RingExchange : public Pattern {
 public:
  RingExchange(Members members, const Parcels& parcels, Post& post);
  void ready(int device, double now_s) override;
  void absent(int device, double now_s) override;
  void arrived(const Message& message, double now_s) override;

 private:
  struct Member {
    bool ready = false;
    int received = 0, sent = 0;
  };
  void go_on(int device, double now_s);

  int messages_;  ///< of each device
  std::vector<Member> at_;
};

/// Sums up a binomial tree to device 0 and the result down again: 2 log2 n steps of the whole gradient.
class TreeExchange : public Pattern {
 public:
  TreeExchange(Members members, const Parcels& parcels, Post& post);
  void ready(int device, double now_s) override;
  void absent(int device, double now_s) override;
  void arrived(const Message& message, double now_s) override;

 private:
  struct Member {
    bool ready = false;
    int children = 0;  ///< in the tree
    int heard = 0;     ///< children whose sums arrived
    int merged = 1;    ///< gradients in its own sum
  };
  int parent(int device) const { return device & (device - 1); }
  void go_up(int device, double now_s);
  void go_down(int device, double now_s);

  std::vector<Member> at_;
};

/// All send to the server; when the last gradient is there, or is known to be missing, it sends the sum to
/// those that have the model before it and the model to the others.
class ServerExchange : public Pattern {
 public:
  ServerExchange(Members members, const Parcels& parcels, Post& post);
  void ready(int device, double now_s) override;
  void absent(int device, double now_s) override;
  void arrived(const Message& message, double now_s) override;

 private:
  void distribute_if_all(double now_s);

  int arrived_ = 0, absent_ = 0;
  std::vector<int> up_to_date_;  ///< senders that did not go silent, in ascending order
};

/// Each sends its gradient to some others and goes on when it has heard from as many.
class GossipExchange : public Pattern {
 public:
  GossipExchange(Members members, const Parcels& parcels, Post& post, int peers, std::uint64_t seed);
  void ready(int device, double now_s) override;
  void absent(int device, double now_s) override;
  void arrived(const Message& message, double now_s) override;

 private:
  struct Member {
    bool done = false;  ///< has sent, or never will
    int awaited = 0;    ///< messages still to come
  };
  int place_of(int device) const;
  void complete_if_all(int place, double now_s);

  std::vector<std::vector<int>> peers_;
  std::vector<Member> at_;
};

}  // namespace kiln::fleet
