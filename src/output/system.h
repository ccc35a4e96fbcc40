// SPDX-License-Identifier: MIT
// The calls of the operating system that writing needs, each checked: what fails throws SimError with the
// path and the reason. Files in a folder are reached through the open folder, so that a path that changes its
// meaning meanwhile leads nowhere else.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace kiln::output {

/// An open file or folder, closed when the object ends.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  bool open() const { return number_ >= 0; }
  int number() const { return number_; }
  void close();

 private:
  int number_ = -1;
};

/// "cannot write PATH: REASON"; `error` is an errno.
[[noreturn]] void fail_write(const std::string& path, int error);

/// A folder that is no link. Not open when there is none of that name.
Descriptor open_folder(const std::string& path);
/// A new file in an open folder; that it exists already is a failure, links are not followed. `shown` names
/// it in errors.
Descriptor create_file(const Descriptor& folder, const std::string& name, const std::string& shown);

void write_all(const Descriptor& file, std::string_view text, const std::string& shown);
/// Waits until what was written stands on the medium.
void sync(const Descriptor& file_or_folder, const std::string& shown);

/// Creates a folder and its parents.
void make_folders(const std::string& path);

/// How a rename ended that may not be possible here or now.
enum class Renamed {
  yes,
  exists,      ///< the new name is taken
  unsupported  ///< the file system cannot, or the folder is in use as a mount
};

/// Moves without replacing.
Renamed rename_to_free(const Descriptor& from, const std::string& name, const Descriptor& to,
                       const std::string& new_name);
/// Two names change places in one instant.
Renamed rename_exchange(const Descriptor& from, const std::string& name, const Descriptor& to,
                        const std::string& new_name);

/// Takes the lock of an open folder, which the kernel gives back when its holder ends; `wait` or only try.
bool lock(const Descriptor& folder, bool wait);
/// Whether `path` still names the open file or folder.
bool names_same(const std::string& path, const Descriptor& file_or_folder);

}  // namespace kiln::output
