// SPDX-License-Identifier: MIT
#include "base/hash.h"

#include <fmt/core.h>
#include <xxhash.h>

#include <new>

namespace kiln::base {

namespace {

std::string hex(const XXH128_hash_t& hash) {
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace

std::string content_hash(std::string_view bytes) {
  return hex(XXH3_128bits(bytes.data(), bytes.size()));
}

void ContentHasher::Free::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

ContentHasher::ContentHasher() : state_(XXH3_createState()) {
  if (!state_ || XXH3_128bits_reset(state_.get()) == XXH_ERROR) throw std::bad_alloc();
}

void ContentHasher::add(std::string_view piece) {
  XXH3_128bits_update(state_.get(), piece.data(), piece.size());
}

std::string ContentHasher::hash() const {
  return hex(XXH3_128bits_digest(state_.get()));
}

}  // namespace kiln::base
