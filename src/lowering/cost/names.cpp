// SPDX-License-Identifier: MIT
#include "lowering/cost/names.h"

namespace kiln::lowering {

std::span<const config::EnumName<Dataflow>> enum_names(const Dataflow*) {
  static constexpr config::EnumName<Dataflow> kNames[] = {{Dataflow::output_stationary, "os"},
                                                          {Dataflow::weight_stationary, "ws"},
                                                          {Dataflow::input_stationary, "is"}};
  return kNames;
}

std::span<const config::EnumName<CostLaw>> enum_names(const CostLaw*) {
  static constexpr config::EnumName<CostLaw> kNames[] = {
      {CostLaw::strict, "strict"}, {CostLaw::pipelined, "pipelined"}, {CostLaw::broadcast, "broadcast"}};
  return kNames;
}

std::span<const config::EnumName<TrainingPhase>> enum_names(const TrainingPhase*) {
  static constexpr config::EnumName<TrainingPhase> kNames[] = {
      {TrainingPhase::forward, "forward"}, {TrainingPhase::dgrad, "dgrad"}, {TrainingPhase::wgrad, "wgrad"}};
  return kNames;
}

std::span<const config::EnumName<ConvolutionMapping>> enum_names(const ConvolutionMapping*) {
  static constexpr config::EnumName<ConvolutionMapping> kNames[] = {
      {ConvolutionMapping::im2col, "im2col"}, {ConvolutionMapping::per_position, "per_position"}};
  return kNames;
}

std::span<const config::EnumName<SparsityScheme>> enum_names(const SparsityScheme*) {
  static constexpr config::EnumName<SparsityScheme> kNames[] = {
      {SparsityScheme::dense, "dense"},
      {SparsityScheme::zero_gated, "zero_gated"},
      {SparsityScheme::n_of_m, "n_of_m"},
      {SparsityScheme::unstructured, "unstructured"}};
  return kNames;
}

}  // namespace kiln::lowering
