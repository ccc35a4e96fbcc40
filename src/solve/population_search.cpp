// SPDX-License-Identifier: MIT
#include "solve/population_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/rng.h"

namespace kiln::solve {

namespace {

constexpr double kStep = 0.6, kCrossover = 0.9;  // F and CR of differential evolution
constexpr int kMostGenerations = 200, kIdleGenerations = 3;

struct Member {
  std::vector<double> genes;  ///< in [0, 1], one an axis
  std::size_t trial = Trials::kNone;
};

class Population {
 public:
  Population(Trials& trials, std::size_t most_runs)
      : trials_(trials),
        most_runs_(most_runs),
        begun_(trials.all().size()),
        dimensions_(trials.question().over.size()),
        size_(std::clamp<std::size_t>(8 * dimensions_, 12, 40)),
        rng_(trials.question().seed, "solve", "population") {}

  void run() {
    members_ = looked_at(first());
    int idle = 0;
    for (int generation = 0; generation < kMostGenerations && idle < kIdleGenerations; ++generation) {
      if (members_.size() < 4 || used() >= most_runs_) return;
      const std::size_t before = trials_.all().size();
      select(looked_at(offspring()));
      idle = trials_.all().size() == before ? idle + 1 : 0;
    }
  }

 private:
  std::size_t used() const { return trials_.all().size() - begun_; }

  /// Both ends of all ranges, and a Latin square over them.
  std::vector<std::vector<double>> first() {
    std::vector<std::vector<double>> all(size_, std::vector<double>(dimensions_));
    for (std::size_t d = 0; d < dimensions_; ++d) {
      std::vector<std::size_t> cells(size_);
      std::iota(cells.begin(), cells.end(), std::size_t{0});
      rng_.shuffle(cells);
      for (std::size_t i = 0; i < size_; ++i)
        all[i][d] = (static_cast<double>(cells[i]) + rng_.uniform()) / static_cast<double>(size_);
    }
    all.front().assign(dimensions_, 0.0);
    all.back().assign(dimensions_, 1.0);
    return all;
  }

  Point point_of(const std::vector<double>& genes) const {
    Point point;
    for (std::size_t d = 0; d < dimensions_; ++d) {
      const Axis& axis = trials_.question().over[d];
      const double count = static_cast<double>(axis.values.size());
      point.push_back(axis.continuous ? genes[d] : std::min(count - 1, std::floor(genes[d] * count)));
    }
    return point;
  }

  /// Runs what may still be run; the others are left out.
  std::vector<Member> looked_at(const std::vector<std::vector<double>>& genes) {
    std::vector<Point> points;
    for (const auto& one : genes) points.push_back(point_of(one));
    const std::vector<std::size_t> indices = trials_.at(points);
    std::vector<Member> members;
    for (std::size_t i = 0; i < genes.size(); ++i) members.push_back({genes[i], indices[i]});
    return members;
  }

  std::size_t other_than(const std::set<std::size_t>& taken) {
    for (;;)
      if (const std::size_t drawn = rng_.below(members_.size()); taken.count(drawn) == 0) return drawn;
  }

  std::vector<std::vector<double>> offspring() {
    std::vector<std::vector<double>> all;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const std::size_t a = other_than({i}), b = other_than({i, a}), c = other_than({i, a, b});
      const std::size_t always = rng_.below(dimensions_);
      std::vector<double> genes = members_[i].genes;
      for (std::size_t d = 0; d < dimensions_; ++d) {
        if (rng_.uniform() >= kCrossover && d != always) continue;
        const double moved = members_[a].genes[d] + kStep * (members_[b].genes[d] - members_[c].genes[d]);
        genes[d] = std::clamp(moved, 0.0, 1.0);
      }
      all.push_back(std::move(genes));
    }
    return all;
  }

  bool is_ahead(const Member& a, const Member& b) const {
    if (b.trial == Trials::kNone) return a.trial != Trials::kNone;
    if (a.trial == Trials::kNone) return false;
    const Question& question = trials_.question();
    return question.objectives.size() == 1 ? better(question, trials_[a.trial], trials_[b.trial])
                                           : dominates(question, trials_[a.trial], trials_[b.trial]);
  }

  void select(const std::vector<Member>& children) {
    std::vector<Member> next;
    const bool one = trials_.question().objectives.size() == 1;
    for (std::size_t i = 0; i < children.size(); ++i) {
      const bool child_ahead = is_ahead(children[i], members_[i]);
      const bool equal = !one && !child_ahead && !is_ahead(members_[i], children[i]) &&
                         children[i].trial != members_[i].trial;
      next.push_back(child_ahead ? children[i] : members_[i]);
      if (equal) next.push_back(children[i]);
    }
    members_ = std::move(next);
    if (members_.size() > size_) truncate();
  }

  /// How many of the members are ahead of each: 0 is the front.
  std::vector<int> ranks() const {
    std::vector<int> ranks(members_.size(), 0);
    for (std::size_t i = 0; i < members_.size(); ++i)
      for (const Member& other : members_) ranks[i] += is_ahead(other, members_[i]) ? 1 : 0;
    return ranks;
  }

  /// Room that a member has between its neighbours along every objective.
  std::vector<double> crowding() const {
    std::vector<double> room(members_.size(), 0);
    for (std::size_t o = 0; o < trials_.question().objectives.size(); ++o) {
      std::vector<std::size_t> order;
      for (std::size_t i = 0; i < members_.size(); ++i)
        if (members_[i].trial != Trials::kNone && !trials_[members_[i].trial].failed()) order.push_back(i);
      const auto value = [&](std::size_t i) { return trials_[members_[i].trial].objectives[o]; };
      std::sort(order.begin(), order.end(), [&](auto a, auto b) { return value(a) < value(b); });
      if (order.size() < 2) continue;
      const double range = std::max(value(order.back()) - value(order.front()), 1e-300);
      room[order.front()] = room[order.back()] = std::numeric_limits<double>::infinity();
      for (std::size_t i = 1; i + 1 < order.size(); ++i)
        room[order[i]] += (value(order[i + 1]) - value(order[i - 1])) / range;
    }
    return room;
  }

  void truncate() {
    const std::vector<int> rank = ranks();
    const std::vector<double> room = crowding();
    std::vector<std::size_t> order(members_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      return rank[a] != rank[b] ? rank[a] < rank[b] : room[a] > room[b];
    });
    order.resize(size_);
    std::sort(order.begin(), order.end());
    std::vector<Member> kept;
    for (const std::size_t i : order) kept.push_back(members_[i]);
    members_ = std::move(kept);
  }

  Trials& trials_;
  std::size_t most_runs_, begun_, dimensions_, size_;
  base::Rng rng_;
  std::vector<Member> members_;
};

}  // namespace

void search_population(Trials& trials, std::size_t most_runs) {
  Population(trials, most_runs).run();
}

std::vector<std::size_t> front_of(const Trials& trials) {
  std::vector<std::size_t> front;
  for (std::size_t i = 0; i < trials.all().size(); ++i) {
    const auto is_behind = [&](const Trial& other) { return dominates(trials.question(), other, trials[i]); };
    if (trials[i].feasible() && std::none_of(trials.all().begin(), trials.all().end(), is_behind))
      front.push_back(i);
  }
  std::stable_sort(front.begin(), front.end(),
                   [&](auto a, auto b) { return trials[a].objectives[0] < trials[b].objectives[0]; });
  return front;
}

}  // namespace kiln::solve
