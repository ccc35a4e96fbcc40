// SPDX-License-Identifier: MIT
#include "fleet/topologies.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::fleet {

namespace {

[[noreturn]] void refuse_absence(const char* topology) {
  throw base::SimError(fmt::format("a {} cannot go on without a device", topology));
}

}  // namespace

RingExchange::RingExchange(Members members, const Parcels& parcels, Post& post)
    : Pattern(std::move(members), parcels, post),
      messages_(2 * (static_cast<int>(members_.senders.size()) - 1)),
      at_(members_.senders.size()) {}

void RingExchange::ready(int device, double now_s) {
  at_[static_cast<std::size_t>(device)].ready = true;
  go_on(device, now_s);
  if (messages_ == 0) post_.complete(members_.round, members_.bucket, device, now_s);
}

void RingExchange::absent(int, double) {
  refuse_absence("ring");
}

void RingExchange::go_on(int device, double now_s) {
  Member& member = at_[static_cast<std::size_t>(device)];
  const int count = static_cast<int>(at_.size());
  while (member.ready && member.sent < messages_ && member.sent <= member.received) {
    const int t = member.sent++;
    // First chunk after chunk is summed up, then each whole sum goes around.
    const bool scatter = t < count - 1;
    const int chunk = ((scatter ? device - t : device + 1 - (t - (count - 1))) % count + count) % count;
    post_.send({device, (device + 1) % count, members_.round, t, members_.bucket},
               parcels_.chunk(scatter ? t + 1 : count, chunk), now_s);
  }
}

void RingExchange::arrived(const Message& message, double now_s) {
  Member& member = at_[static_cast<std::size_t>(message.to)];
  ++member.received;
  go_on(message.to, now_s);
  if (member.received == messages_) post_.complete(members_.round, members_.bucket, message.to, now_s);
}

TreeExchange::TreeExchange(Members members, const Parcels& parcels, Post& post)
    : Pattern(std::move(members), parcels, post), at_(members_.senders.size()) {
  for (int device = 1; device < static_cast<int>(at_.size()); ++device)
    ++at_[static_cast<std::size_t>(parent(device))].children;
}

void TreeExchange::ready(int device, double now_s) {
  at_[static_cast<std::size_t>(device)].ready = true;
  go_up(device, now_s);
}

void TreeExchange::absent(int, double) {
  refuse_absence("tree");
}

void TreeExchange::go_up(int device, double now_s) {
  const Member& member = at_[static_cast<std::size_t>(device)];
  if (!member.ready || member.heard < member.children) return;
  if (device == 0) {
    go_down(device, now_s);
  } else {
    post_.send({device, parent(device), members_.round, 0, members_.bucket}, parcels_.update(member.merged),
               now_s);
  }
}

void TreeExchange::go_down(int device, double now_s) {
  const int count = static_cast<int>(at_.size());
  int lowest = device == 0 ? count : device & -device;
  int step = 1;
  while (2 * step < lowest) step *= 2;
  // The child with the largest tree below it first.
  for (; step >= 1 && lowest > 1; step /= 2)
    if (device + step < count)
      post_.send({device, device + step, members_.round, 1, members_.bucket}, parcels_.update(count), now_s);
  post_.complete(members_.round, members_.bucket, device, now_s);
}

void TreeExchange::arrived(const Message& message, double now_s) {
  if (message.part == 1) {
    go_down(message.to, now_s);
    return;
  }
  Member& member = at_[static_cast<std::size_t>(message.to)];
  ++member.heard;
  member.merged += at_[static_cast<std::size_t>(message.from)].merged;
  go_up(message.to, now_s);
}

ServerExchange::ServerExchange(Members members, const Parcels& parcels, Post& post)
    : Pattern(std::move(members), parcels, post), up_to_date_(members_.senders) {}

void ServerExchange::ready(int device, double now_s) {
  post_.send({device, kServer, members_.round, 0, members_.bucket}, parcels_.update(1), now_s);
}

void ServerExchange::absent(int device, double now_s) {
  ++absent_;
  std::erase(up_to_date_, device);
  distribute_if_all(now_s);
}

void ServerExchange::arrived(const Message& message, double now_s) {
  if (message.to == kServer) {
    ++arrived_;
    distribute_if_all(now_s);
  } else {
    post_.complete(members_.round, members_.bucket, message.to, now_s);
  }
}

void ServerExchange::distribute_if_all(double now_s) {
  if (arrived_ + absent_ < static_cast<int>(members_.senders.size())) return;
  for (const int device : members_.receivers) {
    const bool knows = std::binary_search(up_to_date_.begin(), up_to_date_.end(), device);
    post_.send({kServer, device, members_.round, 1, members_.bucket},
               knows ? parcels_.update(std::max(1, arrived_)) : parcels_.model(), now_s);
  }
}

GossipExchange::GossipExchange(Members members, const Parcels& parcels, Post& post, int peers,
                               std::uint64_t seed)
    : Pattern(std::move(members), parcels, post),
      peers_(draw_peers(static_cast<int>(members_.senders.size()), peers, seed, members_.round)),
      at_(members_.senders.size()) {
  for (const auto& to : peers_)
    for (const int peer : to) ++at_[static_cast<std::size_t>(peer)].awaited;
}

int GossipExchange::place_of(int device) const {
  const auto found = std::lower_bound(members_.senders.begin(), members_.senders.end(), device);
  return static_cast<int>(found - members_.senders.begin());
}

void GossipExchange::complete_if_all(int place, double now_s) {
  const Member& member = at_[static_cast<std::size_t>(place)];
  if (member.done && member.awaited == 0)
    post_.complete(members_.round, members_.bucket, members_.senders[static_cast<std::size_t>(place)], now_s);
}

void GossipExchange::ready(int device, double now_s) {
  const int place = place_of(device);
  at_[static_cast<std::size_t>(place)].done = true;
  for (const int peer : peers_[static_cast<std::size_t>(place)])
    post_.send({device, members_.senders[static_cast<std::size_t>(peer)], members_.round, 0, members_.bucket},
               parcels_.update(1), now_s);
  complete_if_all(place, now_s);
}

void GossipExchange::absent(int device, double now_s) {
  const int place = place_of(device);
  Member& gone = at_[static_cast<std::size_t>(place)];
  gone.done = true;
  for (const int peer : peers_[static_cast<std::size_t>(place)]) {
    --at_[static_cast<std::size_t>(peer)].awaited;
    complete_if_all(peer, now_s);
  }
  complete_if_all(place, now_s);  // it is back for the next round
}

void GossipExchange::arrived(const Message& message, double now_s) {
  const int place = place_of(message.to);
  --at_[static_cast<std::size_t>(place)].awaited;
  complete_if_all(place, now_s);
}

}  // namespace kiln::fleet
