// SPDX-License-Identifier: MIT
// Weighted max-min shares of links, level by level, with head-of-line blocking: who may send how fast.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "noc/fluid.h"
#include "noc/noc_config.h"
#include "noc/topology.h"

namespace kiln::noc {

/// A link that the component may fill.
struct Neck {
  FluidLink* link = nullptr;
  bool slack = false;   ///< some trains that have no share yet are held back elsewhere
  bool full = false;    ///< it holds trains back
  double residual = 0;  ///< capacity left to trains that have no share yet
  double kept = 0;      ///< capacity kept for lower levels
  double weights = 0;   ///< of the trains that have no share yet
  double level = 0;     ///< share per weight of those
  double tie = 0;       ///< most per weight, because blocked trains hold its channels
  double held = 0;      ///< flits of those
};

/// Works on a *component*: trains whose shares depend on one another, because they meet on full links. The
/// rates of all others are fixed.
class ShareSolver {
 public:
  /// `fluid` must outlive it.
  ShareSolver(const NocConfig& config, const Topology& topology, Fluid& fluid);

  /// Makes place for a train of the next slot.
  void add_slot() { joined_.push_back(0); }
  /// Empties the component.
  void begin();
  /// Adds a train whose share changes.
  void join(std::uint32_t slot);
  void take_members(FluidLink& link) {
    if (link.spread != epoch_) join_members(link);
  }
  void take_members_of_full_links(std::uint32_t slot);
  void remove(std::uint32_t slot) { std::erase(component_, slot); }
  /// Shares of the component, which grows by all that depend on its trains.
  void solve(double now_ps);

  std::span<const std::uint32_t> component() const { return component_; }
  double share(std::uint32_t slot) const { return share_[slot]; }
  /// Components so far; a train of this one or a later one has been shared anew.
  std::uint32_t epoch() const { return epoch_; }
  bool joined_since(std::uint32_t slot, std::uint32_t epoch) const { return joined_[slot] > epoch; }

 private:
  /// A train whose share is being worked out and the links that can hold it back.
  struct Open {
    std::uint32_t slot;
    std::uint32_t first, last;  ///< range of its parts in parts_
    Neck* by;                   ///< the neck that limits it now, or null: its own cap
    double limit;
  };
  struct Part {
    Neck* neck;
    int hop;  ///< its place on the path
    double weight;
    double share;  ///< the neck's level times the weight
  };

  void join_members(FluidLink& link);
  void spread();
  void find_necks();
  bool take_in_outsiders();

  // One level (share_filling.cpp).
  void fill_level(int level);
  void open_level(int level);
  void keep_for_lower(int level);
  void weigh(FluidLink& link, int level) {
    if (link.weighed != filling_) weigh_anew(link, level);
  }
  void weigh_anew(FluidLink& link, int level);
  void weigh_before(const Hop& hop, int level) {
    if (hop.port != Hop::kEnters) weigh(*(&hop)[-1].link, level);
  }
  void weigh_sharers(std::span<const FluidLink::Member> sharers);
  void find_limits();
  void fix(const Open& train);
  void tie_links(const Open& train, int bottleneck);
  double in_network(const Flow& flow) const;
  bool in_level(const Flow& flow, int level) const { return !by_level_ || flow.level == level; }

  std::span<Neck> necks() { return std::span(necks_).first(found_necks_); }
  std::span<Part> parts_of(const Open& train) {
    return std::span(parts_).subspan(train.first, train.last - train.first);
  }

  Fluid& fluid_;
  LinkSharing sharing_;
  bool has_rings_;  ///< paths may form a circle
  bool by_level_;
  double low_share_;                      ///< of a link, kept for lower levels
  std::uint32_t epoch_ = 0;               ///< number of the component
  std::vector<std::uint32_t> component_;  ///< its trains
  std::size_t spread_ = 0;                ///< number of trains whose dependents have been added
  std::vector<std::uint32_t> joined_;     ///< by train: the component that it joined last
  std::vector<FluidLink*> used_;          ///< links of their paths, the first `used_links_`
  std::size_t used_links_ = 0;
  std::vector<Neck> necks_;  ///< links that can bind; the first `found_necks_` are in use
  std::size_t found_necks_ = 0;
  Neck no_neck_;            ///< of links that cannot bind
  std::vector<Open> open_;  ///< trains of the level being filled
  std::vector<Part> parts_;
  std::vector<double> port_weights_;
  std::vector<FluidLink::Member> sharers_;  ///< a stack: trains of the links being weighed
  std::vector<double> share_;
  double now_ps_ = 0;          ///< time of the sharing in progress
  std::uint32_t filling_ = 0;  ///< number of the filling (of one level) in progress
  std::vector<int> levels_;
};

}  // namespace kiln::noc
