// SPDX-License-Identifier: MIT
// A timeline as Perfetto's own files have it: TracePackets of track events, deflated.
#pragma once

#include <string>

namespace kiln::stats {

class Trace;

/// The bytes of a .pftrace: a process, a thread per track, a counter track per counter with its unit. Times
/// are whole nanoseconds, the finest that the format has; where it begins, a slice ends or a value changes is
/// rounded alike, so that slices which touch still do. The same trace gives the same bytes. Format:
/// https://perfetto.dev/docs/reference/synthetic-track-event and protos/perfetto/trace there.
std::string perfetto_trace(const Trace& trace);

}  // namespace kiln::stats
