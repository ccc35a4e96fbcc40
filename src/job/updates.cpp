// SPDX-License-Identifier: MIT
#include "job/updates.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace kiln::job {

Updates::Updates(std::vector<UpdateConfig> updates, const StorageConfig& storage)
    : updates_(std::move(updates)), storage_(storage) {
  take_next();
}

void Updates::take_next() {
  if (next_ < updates_.size()) left_bytes_ = updates_[next_].bytes;
}

bool Updates::receiving(double now_s) const {
  return next_ < updates_.size() && left_bytes_ > 0 && now_s >= updates_[next_].at_s;
}

double Updates::load_w(double now_s) const {
  if (!receiving(now_s)) return 0;
  const UpdateConfig& update = updates_[next_];
  const double writing =
      two_slots() ? std::min(1.0, update.rate_bytes_per_s / storage_.write_bytes_per_s) : 0;
  return update.link_w + writing * storage_.write_w;
}

void Updates::receive(double now_s, double dt_s) {
  if (!receiving(now_s)) return;
  const double came = std::min(left_bytes_, updates_[next_].rate_bytes_per_s * dt_s);
  left_bytes_ -= came;
  books_.received_bytes += came;
  if (two_slots()) books_.written_bytes += came;
}

double Updates::next_change_s(double now_s) const {
  if (next_ >= updates_.size()) return std::numeric_limits<double>::infinity();
  const UpdateConfig& update = updates_[next_];
  return now_s < update.at_s ? update.at_s : now_s + std::max(0.0, left_bytes_) / update.rate_bytes_per_s;
}

void Updates::installed() {
  books_.written_bytes += install_write_bytes();
  ++books_.installed;
  ++next_;
  take_next();
}

}  // namespace kiln::job
