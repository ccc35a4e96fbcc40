// SPDX-License-Identifier: MIT
#include "output/marker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/hash.h"

namespace kiln::output {

namespace {

using Json = nlohmann::ordered_json;
using Parsed = nlohmann::json;  // an ordered object looks for every key among all before it

constexpr int kFormat = 1;
constexpr std::size_t kPiece = 1 << 16;
constexpr std::size_t kLongestMarker = 64 << 20;

/// Not open for what is no regular file: a link, a device, a pipe that nobody writes into.
Descriptor open_regular(const Descriptor& folder, const std::string& name) {
  Descriptor file(::openat(folder.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status = {};
  if (file.open() && (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))) file.close();
  return file;
}

/// Calls `take` with piece after piece; false after a read error.
template <class Take>
bool read_pieces(const Descriptor& file, Take&& take) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const ssize_t got = ::read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    take(std::string_view(piece.data(), static_cast<std::size_t>(got)));
  }
}

bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name != Marker::kName &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

Json to_json(const std::map<std::string, MarkedFile>& files) {
  Json json = Json::object();
  for (const auto& [name, file] : files) json[name] = {{"kind", file.kind}, {"hash", file.hash}};
  return json;
}

/// Throws what nlohmann throws for another shape.
std::map<std::string, MarkedFile> files_of(const Parsed& json) {
  std::map<std::string, MarkedFile> files;
  for (const auto& [name, file] : json.items())
    if (is_file_name(name))
      files[name] = {file.at("kind").get<std::string>(), file.at("hash").get<std::string>()};
  return files;
}

}  // namespace

bool Marker::holds(const std::string& kind) const {
  const auto of_kind = [&](const auto& entry) { return entry.second.kind == kind; };
  return std::any_of(files.begin(), files.end(), of_kind) || std::any_of(next.begin(), next.end(), of_kind);
}

std::optional<Marker> read_marker(const Descriptor& folder) {
  const Descriptor file = open_regular(folder, Marker::kName);
  if (!file.open()) return std::nullopt;
  std::string text;
  const bool whole =
      read_pieces(file, [&](std::string_view piece) { text.append(piece, 0, kLongestMarker - text.size()); });
  return whole ? parse_marker(text) : std::nullopt;
}

std::optional<Marker> parse_marker(std::string_view text) {
  const auto json = Parsed::parse(text, nullptr, false);
  try {
    if (!json.is_object() || json.at("kiln") != kFormat) return std::nullopt;
    return Marker{files_of(json.at("files")), files_of(json.at("next")), json.at("unfinished").get<bool>()};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::string to_text(const Marker& marker) {
  return Json{{"kiln", kFormat},
              {"about", "what Kiln wrote here, so that it replaces nothing else"},
              {"unfinished", marker.unfinished},
              {"files", to_json(marker.files)},
              {"next", to_json(marker.next)}}
             .dump(1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

std::optional<std::string> read_if_hash(const Descriptor& folder, const std::string& name,
                                        const std::string& hash) {
  const Descriptor file = open_regular(folder, name);
  std::string content;
  if (!file.open() || !read_pieces(file, [&](std::string_view piece) { content += piece; })) return {};
  if (base::content_hash(content) != hash) return {};
  return content;
}

bool has_hash(const Descriptor& folder, const std::string& name, const std::string& hash) {
  const Descriptor file = open_regular(folder, name);
  if (!file.open()) return false;
  base::ContentHasher hasher;
  return read_pieces(file, [&](std::string_view piece) { hasher.add(piece); }) && hasher.hash() == hash;
}

FileState state_of(const Descriptor& folder, const Marker& marker, const std::string& name) {
  struct stat status = {};
  if (::fstatat(folder.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return FileState::absent;
  bool listed = false;
  for (const auto* files : {&marker.files, &marker.next}) {
    const auto found = files->find(name);
    if (found == files->end()) continue;
    if (has_hash(folder, name, found->second.hash)) return FileState::ours;
    listed = true;
  }
  return listed ? FileState::edited : FileState::foreign;
}

Marker settled(const Descriptor& folder, Marker marker) {
  for (const auto& [name, file] : marker.next)
    if (has_hash(folder, name, file.hash)) marker.files[name] = file;
  marker.next.clear();
  return marker;
}

}  // namespace kiln::output
