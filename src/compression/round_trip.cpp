// SPDX-License-Identifier: MIT
#include "compression/round_trip.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::compression {
namespace {

std::vector<float> all_elements(const Codec& codec, std::int64_t elements, const Sent& sent) {
  if (!is_sparse(codec.config())) return sent.values;
  std::vector<float> all(static_cast<std::size_t>(elements), 0.0f);
  for (std::size_t i = 0; i < sent.places.size(); ++i) all[sent.places[i]] = sent.values[i];
  return all;
}

[[noreturn]] void fail(std::string_view whose, std::string_view what) {
  throw base::SimError(
      fmt::format("the code of the gradient of {} cannot be read back: {}; its ratio means nothing, take "
                  "other compression.codec.index or values",
                  whose, what));
}

}  // namespace

void check_round_trip(const Codec& codec, const Encoded& encoded, const Sent& sent, std::string_view whose) {
  const std::vector<float> wanted = all_elements(codec, encoded.elements, sent);
  std::vector<float> got(wanted.size());
  try {
    codec.decode(encoded, got);
  } catch (const base::SimError& damaged) {
    fail(whose, damaged.what());
  }
  const auto [expected, found] = std::mismatch(wanted.begin(), wanted.end(), got.begin());
  if (expected == wanted.end()) return;
  fail(whose, fmt::format("element {} was sent as {} and comes back as {}", expected - wanted.begin(),
                          *expected, *found));
}

}  // namespace kiln::compression
