// SPDX-License-Identifier: MIT
// The results of a sweep's points on disk. A point is a folder that appears whole, by renaming; whoever
// computes it holds a lock that the kernel gives back when the process ends, however it ends. So a sweep
// may be killed at any instant, and several processes, on several machines with a common file system, may
// work on one sweep.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "output/file_lock.h"
#include "output/folder.h"

namespace kiln::sweep {

enum class PointState { pending, running, done, failed };

/// The error that the file of a failed point holds; the text itself when it holds none.
std::string parse_failure(const std::string& text, const base::Place& place);

class PointStore {
 public:
  explicit PointStore(const std::filesystem::path& sweep_folder);

  /// Damaged results count as none: that point is pending.
  PointState state(const std::string& hash) const;
  /// summary.json of a finished point, if it is as it was written; the point's other files are not looked at.
  std::optional<std::string> summary(const std::string& hash) const;
  /// Of a finished or failed point.
  std::filesystem::path folder(const std::string& hash) const { return points_ / hash; }
  /// Nothing when another process computes the point. Throws SimError when the folder cannot be written.
  std::optional<output::FileLock> try_lock(const std::string& hash) const;
  /// Removes the lock's file that a process left which was killed after it had published.
  void clear_lock(const std::string& hash) const;
  /// Makes `files` the point's results, in place of an earlier failure; what is there and is not what was
  /// written is moved aside first. The lock must be held.
  void publish(const std::string& hash, const output::Files& files) const;
  void publish_failure(const std::string& hash, const std::string& error) const;
  /// The error of a failed point.
  std::string failure(const std::string& hash) const;

 private:
  std::filesystem::path lock_path(const std::string& hash) const { return points_ / (hash + ".lock"); }
  output::Folder results(const std::string& hash) const;
  std::filesystem::path points_;
};

}  // namespace kiln::sweep
