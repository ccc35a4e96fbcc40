// SPDX-License-Identifier: MIT
// A seeded stand-in for gradients that are not at hand: independent, symmetric, heavy-tailed elements.
//
// Magnitudes are exponential (a Laplace gradient; Abdelmoniem et al., "SIDCo", MLSys 2021 find
// double-exponential to generalised Pareto) whose scale varies log-normally, sigma 0.8, between and within
// channels (Chmiel et al., "Neural gradients are near-lognormal", ICLR 2021). The width of the mixture and
// the layer scales around 1e-3 are estimates. Not modelled: correlation between neighbours and between steps;
// index coders see geometric gaps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kiln::compression {

// The same (seed, layer, step) gives the same elements.
std::vector<float> gradient_source(std::int64_t elements, std::uint64_t seed, std::uint64_t layer = 0,
                                   std::uint64_t step = 0);
void fill_gradient(std::span<float> gradient, std::uint64_t seed, std::uint64_t layer, std::uint64_t step);

}  // namespace kiln::compression
