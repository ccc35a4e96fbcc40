// SPDX-License-Identifier: MIT
// What is read from a reduced model: block means, hottest cells, thermometers, outlets.
#include <algorithm>

#include "thermal/reduced_model.h"

namespace kiln::thermal {

void ReducedModel::set_outputs() {
  const int blocks = input_count();
  mean_rest_c_.resize(blocks);
  for (int block = 0; block < blocks; ++block) {
    mean_rest_c_[block] = 0.0;
    for (const CellShare& part : full_.block_cells(block))
      mean_rest_c_[block] += part.share * rest_c_[part.cell];
  }
  outlets_rest_w_ = full_.outflow_w(rest_c_).sum();
  outlets_ = Eigen::VectorXd::Zero(order());
  for (const Outlet& outlet : full_.network().outlets)
    for (const CellShare& part : outlet.conductance_w_k)
      outlets_ += part.share * basis_.col(part.cell).head(order());
  stored_row_ = (basis_.topRows(order()) * full_.network().capacity_j_k).transpose();
  rest_content_j_ = full_.network().capacity_j_k.dot(rest_c_.cwiseAbs());
  stored_rest_j_ = full_.network().capacity_j_k.dot((rest_c_.array() - full_.ambient_c()).matrix());

  // Where it gets hottest, with everything on and with each block alone.
  std::vector<Eigen::VectorXd> temperatures_c;
  std::vector<double> power_w(static_cast<std::size_t>(blocks), 1.0);
  temperatures_c.push_back(expand(steady(power_w)).x);
  for (int block = 0; block < blocks; ++block) {
    std::fill(power_w.begin(), power_w.end(), 0.0);
    power_w[block] = 1.0;
    temperatures_c.push_back(expand(steady(power_w)).x);
  }
  set_hot_cells(temperatures_c);
  if (const auto& skin = full_.thermometer(Probe::skin)) skin_ = reduce(*skin, temperatures_c);
  if (const auto& board = full_.thermometer(Probe::board)) board_ = reduce(*board, temperatures_c);
}

void ReducedModel::set_hot_cells(const std::vector<Eigen::VectorXd>& temperatures_c) {
  hot_cells_.assign(static_cast<std::size_t>(input_count()), {});
  for (int block = 0; block < input_count(); ++block) {
    std::vector<int>& cells = hot_cells_[block];
    for (const Eigen::VectorXd& state_c : temperatures_c) {
      const auto parts = full_.block_cells(block);
      const auto hottest = std::max_element(
          parts.begin(), parts.end(),
          [&](const CellShare& a, const CellShare& b) { return state_c[a.cell] < state_c[b.cell]; });
      if (std::find(cells.begin(), cells.end(), hottest->cell) == cells.end()) cells.push_back(hottest->cell);
    }
  }
}

ReducedModel::ReducedProbe ReducedModel::reduce(const Thermometer& thermometer,
                                                const std::vector<Eigen::VectorXd>& temperatures_c) const {
  const auto face_column = [&](const FaceCell& cell) -> Eigen::VectorXd {
    return cell.weight * basis_.col(cell.cell);
  };
  const auto face_rest_c = [&](const FaceCell& cell) {
    return cell.weight * rest_c_[cell.cell] + (1.0 - cell.weight) * thermometer.fluid_c;
  };
  if (thermometer.statistic == Statistic::mean) {
    ReducedProbe probe{Eigen::MatrixXd::Zero(basis_.rows(), 1), Eigen::VectorXd::Zero(1)};
    double area_m2 = 0.0;
    for (const FaceCell& cell : thermometer.cells) {
      probe.columns.col(0) += cell.area_m2 * face_column(cell);
      probe.rest_c[0] += cell.area_m2 * face_rest_c(cell);
      area_m2 += cell.area_m2;
    }
    return {probe.columns / area_m2, probe.rest_c / area_m2};
  }
  std::vector<FaceCell> hot;
  for (const Eigen::VectorXd& state_c : temperatures_c) {
    const auto hottest = std::max_element(
        thermometer.cells.begin(), thermometer.cells.end(),
        [&](const FaceCell& a, const FaceCell& b) { return state_c[a.cell] < state_c[b.cell]; });
    if (std::none_of(hot.begin(), hot.end(), [&](const FaceCell& c) { return c.cell == hottest->cell; }))
      hot.push_back(*hottest);
  }
  ReducedProbe probe{Eigen::MatrixXd(basis_.rows(), static_cast<Eigen::Index>(hot.size())),
                     Eigen::VectorXd(static_cast<Eigen::Index>(hot.size()))};
  for (std::size_t i = 0; i < hot.size(); ++i) {
    probe.columns.col(static_cast<Eigen::Index>(i)) = face_column(hot[i]);
    probe.rest_c[static_cast<Eigen::Index>(i)] = face_rest_c(hot[i]);
  }
  return probe;
}

}  // namespace kiln::thermal
