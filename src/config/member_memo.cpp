// SPDX-License-Identifier: MIT
#include "config/member_memo.h"

namespace kiln::config {

namespace {

/// Of one member: an axis with more values than these is read anew each time.
constexpr std::size_t kMostKept = 512;

std::size_t mixed(std::size_t hash, std::size_t more) {
  return hash * 1099511628211U ^ more;
}

std::size_t hash_of(const Node& node) {
  std::size_t hash = mixed(static_cast<std::size_t>(node.kind), std::hash<std::string>()(node.scalar));
  for (const Node& item : node.list) hash = mixed(hash, hash_of(item));
  for (const auto& [key, value] : node.map)
    hash = mixed(mixed(hash, std::hash<std::string>()(key)), hash_of(value));
  return hash;
}

}  // namespace

const MemberMemo::Entry* MemberMemo::find(std::size_t member, const Node& written) {
  const auto entries = members_.find(member);
  if (entries == members_.end()) return nullptr;
  const auto [first, last] = entries->second.equal_range(hash_of(written));
  for (auto at = first; at != last; ++at)
    if (at->second->written == written) return present_[member] = at->second.get();
  return nullptr;
}

void MemberMemo::keep(std::size_t member, Entry entry) {
  Entries& entries = members_[member];
  if (entries.size() >= kMostKept)
    entries.clear();  // none of them is of the present tree: members are read once
  const std::size_t hash = hash_of(entry.written);
  entry.number = ++kept_;
  present_[member] = entries.emplace(hash, std::make_unique<Entry>(std::move(entry)))->second.get();
}

MemberMemo::Written MemberMemo::present(const std::vector<std::size_t>& members) const {
  Written written;
  for (const std::size_t member : members) {
    const auto found = present_.find(member);
    written.emplace_back(member, found == present_.end() ? 0 : found->second->number);
  }
  return written;
}

void MemberMemo::keep_good(const std::vector<std::size_t>& members) {
  if (good_.size() >= kMostKept) good_.clear();
  good_.insert(present(members));
}

const std::string& MemberMemo::text_of(std::size_t member, const std::function<std::string()>& make) {
  const auto found = present_.find(member);
  std::string& text = found != present_.end() ? found->second->text : defaults_[member];
  if (text.empty()) text = make();
  return text;
}

}  // namespace kiln::config
