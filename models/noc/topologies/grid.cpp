// SPDX-License-Identifier: MIT
#include "noc/topologies/grid.h"

#include <array>

namespace kiln::noc {

Grid::Grid(int node_columns, int node_rows, Edges edges, int cluster)
    : node_columns_(node_columns),
      cluster_(cluster),
      columns_((node_columns + cluster - 1) / cluster),
      rows_((node_rows + cluster - 1) / cluster),
      joined_(edges == Edges::joined) {}

Wire Grid::wire(int router, int port) const {
  static constexpr std::array<int, kDirections> kColumnStep{1, -1, 0, 0}, kRowStep{0, 0, 1, -1};
  Position at = position(router);
  at.column += kColumnStep[static_cast<std::size_t>(port)];
  at.row += kRowStep[static_cast<std::size_t>(port)];
  if (joined_) at = {(at.column + columns_) % columns_, (at.row + rows_) % rows_};
  if (at.column < 0 || at.column >= columns_ || at.row < 0 || at.row >= rows_) return {};
  const int there = at.row * columns_ + at.column;
  return there == router ? Wire{} : Wire{there, port ^ 1};
}

std::string_view Grid::port_name(int port) const {
  static constexpr std::array<std::string_view, kDirections> kNames{"east", "west", "north", "south"};
  return kNames[static_cast<std::size_t>(port)];
}

int Grid::router_of(int node) const {
  return node / node_columns_ / cluster_ * columns_ + node % node_columns_ / cluster_;
}

int Grid::place_of(int node) const {
  return node / node_columns_ % cluster_ * cluster_ + node % node_columns_ % cluster_;
}

int Grid::home(int router) const {
  const Position at = position(router);
  return at.row * cluster_ * node_columns_ + at.column * cluster_;
}

Steps Grid::steps(int router, int to) const {
  const Position a = position(router), b = position(to);
  return {line_step(a.column, b.column, columns_, joined_, a.row % 2 == 0, kEast, kWest),
          line_step(a.row, b.row, rows_, joined_, a.column % 2 == 0, kNorth, kSouth)};
}

int Grid::distance(int router, int to) const {
  const Position a = position(router), b = position(to);
  return line_distance(a.column, b.column, columns_, joined_) + line_distance(a.row, b.row, rows_, joined_);
}

bool Grid::past_dateline(int source, int router, int port) const {
  const Position next = position(wire(router, port).router), from = position(source);
  switch (port) {
    case kEast:
      return next.column < from.column;
    case kWest:
      return next.column > from.column;
    case kNorth:
      return next.row < from.row;
    case kSouth:
      return next.row > from.row;
  }
  return false;
}

}  // namespace kiln::noc
