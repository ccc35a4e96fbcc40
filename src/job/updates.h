// SPDX-License-Identifier: MIT
// Updates of the device's software over the air, as they come in beside a job.
#pragma once

#include <vector>

#include "job/job_config.h"

namespace kiln::job {

class Updates {
 public:
  Updates(std::vector<UpdateConfig> updates, const StorageConfig& storage);

  /// What receiving draws now: the link, and storage that writes the free slot meanwhile.
  double load_w(double now_s) const;
  /// The device was on and receiving for so long.
  void receive(double now_s, double dt_s);
  /// A whole image has come in; its installation is due.
  bool ready() const { return next_ < updates_.size() && left_bytes_ <= 0; }
  /// When the next one begins to come in, or goes on to; infinity: never.
  double next_change_s(double now_s) const;
  /// That storage is at work for: the image is read again for its signature, and with a single slot written.
  double install_read_bytes() const { return updates_[next_].bytes; }
  double install_write_bytes() const { return two_slots() ? 0 : updates_[next_].bytes; }
  /// With two slots the old software runs until the device starts anew.
  bool two_slots() const { return updates_[next_].slots == 2; }
  void installed();

  struct Books {
    std::int64_t installed = 0;
    double received_bytes = 0, written_bytes = 0;
  };
  const Books& books() const { return books_; }

 private:
  void take_next();
  bool receiving(double now_s) const;

  std::vector<UpdateConfig> updates_;
  StorageConfig storage_;
  std::size_t next_ = 0;
  double left_bytes_ = 0;
  Books books_;
};

}  // namespace kiln::job
