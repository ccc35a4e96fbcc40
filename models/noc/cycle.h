// SPDX-License-Identifier: MIT
// A cycle of a directed graph, by depth-first search.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kiln::noc {

/// Vertices of a cycle that can be reached from `starts`, in order, or none. `successors(v)` gives a range.
template <class Starts, class Successors>
std::vector<std::uint32_t> find_cycle(std::size_t vertices, const Starts& starts, Successors&& successors) {
  // Three colours; the first edge back to a grey vertex closes a cycle.
  enum class Colour : std::uint8_t { white, grey, black };
  std::vector<Colour> colour(vertices, Colour::white);
  std::vector<std::uint32_t> path, cycle;
  const auto visit = [&](const auto& self, std::uint32_t vertex) -> bool {
    colour[vertex] = Colour::grey;
    path.push_back(vertex);
    for (const std::uint32_t next : successors(vertex)) {
      if (colour[next] == Colour::grey) {
        cycle.assign(std::find(path.begin(), path.end(), next), path.end());
        return true;
      }
      if (colour[next] == Colour::white && self(self, next)) return true;
    }
    path.pop_back();
    colour[vertex] = Colour::black;
    return false;
  };
  for (const std::uint32_t start : starts)
    if (cycle.empty() && colour[start] == Colour::white) visit(visit, start);
  return cycle;
}

}  // namespace kiln::noc
