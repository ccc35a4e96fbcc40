// SPDX-License-Identifier: MIT
#include "dram/exact_bursts.h"

#include <algorithm>
#include <cmath>

#include "dram/address_map.h"
#include "dram/exact_channel.h"

namespace kiln::dram {

namespace {

Access access_of(const DramConfig& config, const Coordinates& at, bool write, std::uint64_t id) {
  const OrganisationConfig& org = config.organisation;
  const auto banks = static_cast<std::uint32_t>(org.bank_groups * org.banks_per_group);
  const std::uint32_t sub = at.pseudo_channel + static_cast<std::uint32_t>(org.pseudo_channels) * at.rank;
  const std::uint32_t bank =
      sub * banks + at.group * static_cast<std::uint32_t>(org.banks_per_group) + at.bank;
  return {id, static_cast<std::int32_t>(bank), static_cast<std::int32_t>(at.row),
          static_cast<std::int32_t>(at.column), write};
}

}  // namespace

std::vector<base::TimePs> serve_exactly(const DramConfig& config, std::span<const Burst> bursts) {
  struct Request {
    Access access;
    Cycle due;
  };
  const base::Clock clock(config.clock_hz);
  const AddressMap map(config.organisation, true);
  const auto unit = static_cast<std::uint64_t>(config.organisation.access_bytes);
  std::vector<Request> requests;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    const std::uint64_t first = bursts[i].address / unit,
                        last = (bursts[i].address + bursts[i].bytes - 1) / unit;
    for (std::uint64_t access = first; access <= last; ++access)
      requests.push_back({access_of(config, map.decode(access % map.accesses()), bursts[i].write, i),
                          clock.next_cycle(bursts[i].arrival)});
  }
  std::stable_sort(requests.begin(), requests.end(),
                   [](const Request& a, const Request& b) { return a.due < b.due; });
  ExactChannel channel(config);
  std::vector<Completion> completions;
  channel.report_completions(&completions);
  std::size_t next = 0;
  while (next < requests.size() || !channel.complete()) {
    while (next < requests.size() && requests[next].due <= channel.now() &&
           channel.can_accept(requests[next].access)) {
      channel.accept(requests[next].access, channel.now(), requests[next].due);
      ++next;
    }
    Cycle limit = kNeverCycle;
    if (next < requests.size())
      limit = requests[next].due > channel.now() ? requests[next].due
                                                 : std::max(channel.now() + 1, channel.accept_again());
    channel.step(limit);
  }
  std::vector<base::TimePs> done(bursts.size(), 0);
  for (const Completion& completion : completions)
    done[completion.id] = std::max(done[completion.id], clock.time_of(completion.at));
  return done;
}

std::vector<base::TimePs> serve_in_bulk(const DramConfig& config, std::span<const Burst> bursts) {
  BulkChannel channel(config, 0);
  std::vector<Ticket> tickets;
  for (const Burst& burst : bursts) {
    channel.settle(burst.arrival);
    tickets.push_back(channel.submit(burst));
  }
  // Forecasts are lower bounds until all that was queued has been served.
  std::vector<base::TimePs> done(bursts.size(), 0);
  base::TimePs at = bursts.empty() ? 0 : bursts.back().arrival;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    while (true) {
      const base::TimePs last = channel.forecast(tickets[i]).last;
      if (last <= at || channel.final(tickets[i])) {
        done[i] = last;
        break;
      }
      at = last;
      channel.settle(at);
    }
  }
  return done;
}

}  // namespace kiln::dram
