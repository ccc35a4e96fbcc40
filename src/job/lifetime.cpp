// SPDX-License-Identifier: MIT
#include "job/lifetime.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/units.h"

namespace kiln::job {

namespace {

constexpr double kBoltzmann_ev_per_k = 8.617333262e-5;  // CODATA 2018

}  // namespace

double arrhenius_factor(double activation_energy_ev, double reference_c, double celsius) {
  const double reference_k = reference_c + base::kZeroCelsiusInKelvin,
               k = celsius + base::kZeroCelsiusInKelvin;
  return std::exp(activation_energy_ev / kBoltzmann_ev_per_k * (1 / reference_k - 1 / k));
}

Lifetime::Lifetime(std::vector<WearConfig> mechanisms)
    : mechanisms_(std::move(mechanisms)), worn_(mechanisms_.size()) {}

void Lifetime::add(double dt_s, double die_c, double memory_c, double ambient_c, double current_share) {
  time_s_ += dt_s;
  for (std::size_t i = 0; i < mechanisms_.size(); ++i) {
    const WearConfig& wear = mechanisms_[i];
    const double celsius = wear.part == WearPart::die      ? die_c
                           : wear.part == WearPart::memory ? memory_c
                                                           : ambient_c;
    const auto worn = [&](double energy_ev, double exponent) {
      return dt_s / wear.life_s * arrhenius_factor(energy_ev, wear.reference_c, celsius) *
             (exponent > 0 ? std::pow(current_share, exponent) : 1);
    };
    WornPart& part = worn_[i];
    part.nominal += worn(wear.activation_ev, wear.current_exponent);
    // Which end wears more turns at the reference temperature, and at the rated current.
    const double ends[] = {
        worn(wear.activation_low_ev, wear.exponent_low), worn(wear.activation_low_ev, wear.exponent_high),
        worn(wear.activation_high_ev, wear.exponent_low), worn(wear.activation_high_ev, wear.exponent_high)};
    part.low += *std::min_element(std::begin(ends), std::end(ends));
    part.high += *std::max_element(std::begin(ends), std::end(ends));
  }
}

}  // namespace kiln::job
