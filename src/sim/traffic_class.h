// SPDX-License-Identifier: MIT
// Service class of what travels between units.
#pragma once

namespace kiln::sim {

/// What a transfer carries. The priority of a class is configuration of the network (`noc::QosConfig`).
enum class TrafficClass { control, gradient, weight, activation };
inline constexpr int kTrafficClasses = 4;

}  // namespace kiln::sim
