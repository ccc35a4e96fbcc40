// SPDX-License-Identifier: MIT
// Normalisations. The statistics of a batch, the sums of its backward pass and the error itself are
// operations of their own in the step, so that workers can share the sums: no primitive of the library does
// that.
#include <cmath>

#include "base/error.h"
#include "learning/channel_loops.h"
#include "learning/ops/execute.h"

namespace kiln::learning {

using workload::Derivative;
using workload::NormKind;
using workload::PartKind;
using workload::Role;

namespace {

std::span<const float> part_of(OpRun& run, Role role, PartKind kind) {
  const workload::Part* part = find_part(run.tensor(run.input(role)), kind);
  KILN_CHECK(part != nullptr, "{} lacks a part of its statistics", run.op().name);
  return run.in(role).subspan(static_cast<std::size_t>(part->offset),
                              static_cast<std::size_t>(part->elements()));
}

/// Mean and inverse deviation per channel, as rows.
struct BatchRows {
  ChannelRow mean, inverse;
  explicit BatchRows(OpRun& run)
      : mean(part_of(run, Role::statistics, PartKind::mean)), inverse(inverted(run)) {}

 private:
  static ChannelRow inverted(OpRun& run) {
    const std::span<const float> deviation = part_of(run, Role::statistics, PartKind::deviation);
    std::vector<float> inverse(deviation.begin(), deviation.end());
    for (float& value : inverse) value = 1 / value;
    return ChannelRow(inverse);
  }
};

/// Samples and positions of all workers whose sums were joined.
double count_of(OpRun& run, std::size_t channels) {
  const bool joined = run.context().joins_statistics(run.op());
  const std::size_t own = run.now().size() / channels;
  if (!joined) return static_cast<double>(own);
  return static_cast<double>(own) / static_cast<double>(run.samples()) *
         static_cast<double>(run.context().graph.batch);
}

void sum_batch_error(OpRun& run) {
  const BatchRows rows(run);
  const std::span<const float> x = run.in(Role::data), error = run.now();
  const auto channels = part_of(run, Role::statistics, PartKind::mean).size();
  const std::vector<double> scale =
      channel_sums(error.size(), channels, [&](std::size_t begin, std::size_t count, float* sums) {
        for (std::size_t i = 0; i < count; ++i)
          sums[i] += error[begin + i] * (x[begin + i] - rows.mean.values()[i]) * rows.inverse.values()[i];
      });
  const std::vector<double> shift =
      channel_sums(error.size(), channels, [&](std::size_t begin, std::size_t count, float* sums) {
        for (std::size_t i = 0; i < count; ++i) sums[i] += error[begin + i];
      });
  const std::span<float> out = run.out(Role::sums);
  for (std::size_t c = 0; c < channels; ++c) {
    out[c] = static_cast<float>(scale[c]);
    out[channels + c] = static_cast<float>(shift[c]);
  }
}

void pass_batch_norm(OpRun& run) {
  const BatchRows rows(run);
  const std::span<const float> x = run.in(Role::data);
  const std::span<const float> gain = part_of(run, Role::statistics, PartKind::scale),
                               scale = part_of(run, Role::sums, PartKind::scale),
                               shift = part_of(run, Role::sums, PartKind::shift);
  const auto count = static_cast<float>(count_of(run, gain.size()));
  std::vector<float> mean_scale(gain.size()), mean_shift(gain.size());
  for (std::size_t c = 0; c < gain.size(); ++c) {
    mean_scale[c] = scale[c] / count;
    mean_shift[c] = shift[c] / count;
  }
  const ChannelRow gains(gain), scales(mean_scale), shifts(mean_shift);
  float* error = run.change().data();
  for_rows(run.now().size(), gains.size(), [&](std::size_t begin, std::size_t length) {
    const float *m = rows.mean.values(), *d = rows.inverse.values(), *g = gains.values(),
                *a = scales.values(), *b = shifts.values();
    for (std::size_t i = 0; i < length; ++i)
      error[begin + i] = g[i] * d[i] * (error[begin + i] - b[i] - (x[begin + i] - m[i]) * d[i] * a[i]);
  });
}

/// A sample's values that share statistics: a position's channels, or a group of channels of all positions.
struct Rows {
  std::int64_t count;      ///< per sample
  std::int64_t positions;  ///< of each
  std::int64_t channels;   ///< of each
  std::int64_t all_channels;
  std::int64_t statistics;  ///< values kept of each: mean and deviation, or the root

  Rows(const workload::Normalise& norm, const workload::Shape& shape)
      : all_channels(shape.channels()), statistics(norm.kind == NormKind::rms ? 1 : 2) {
    const bool by_position = norm.kind == NormKind::layer || norm.kind == NormKind::rms;
    count = by_position ? shape.positions() : norm.groups;
    positions = by_position ? 1 : shape.positions();
    channels = by_position ? all_channels : all_channels / norm.groups;
  }
  /// First value of a row within its sample, and its first channel.
  std::int64_t first(std::int64_t row) const { return positions == 1 ? row * all_channels : row * channels; }
  std::int64_t channel(std::int64_t row) const { return positions == 1 ? 0 : row * channels; }
  std::int64_t values() const { return positions * channels; }

  /// `each(place, channel)` for the values of a row.
  template <class Each>
  void visit(std::int64_t sample, std::int64_t sample_size, std::int64_t row, const Each& each) const {
    for (std::int64_t p = 0; p < positions; ++p)
      for (std::int64_t c = 0; c < channels; ++c)
        each(sample * sample_size + first(row) + p * all_channels + c, channel(row) + c);
  }
};

struct Moments {
  float mean = 0, inverse = 0;
};

void normalise_rows(const workload::Normalise& norm, OpRun& run) {
  const workload::Shape& shape = run.layer().inputs[0];
  const Rows rows(norm, shape);
  const bool rms = norm.kind == NormKind::rms;
  const std::span<const float> x = run.now(), gain = run.parameters(PartKind::scale),
                               shift = rms ? std::span<const float>() : run.parameters(PartKind::shift);
  const std::span<float> y = run.make(static_cast<std::int64_t>(x.size()));
  const std::span<float> kept = run.writes(Role::statistics) ? run.out(Role::statistics) : std::span<float>();
  for (std::int64_t s = 0; s < run.samples(); ++s)
    for (std::int64_t r = 0; r < rows.count; ++r) {
      double sum = 0, squares = 0;
      if (!rms)
        rows.visit(s, shape.elements(), r, [&](std::int64_t at, std::int64_t) { sum += double{x[at]}; });
      const double mean = sum / static_cast<double>(rows.values());
      rows.visit(s, shape.elements(), r,
                 [&](std::int64_t at, std::int64_t) { squares += (x[at] - mean) * (x[at] - mean); });
      const double deviation = std::sqrt(squares / static_cast<double>(rows.values()) + norm.epsilon);
      const auto m = static_cast<float>(mean), inverse = static_cast<float>(1 / deviation);
      rows.visit(s, shape.elements(), r, [&](std::int64_t at, std::int64_t c) {
        y[at] = (x[at] - m) * inverse * gain[c] + (rms ? 0.0f : shift[c]);
      });
      if (kept.empty()) continue;
      float* place = kept.data() + (s * rows.count + r) * rows.statistics;
      if (!rms) *place++ = m;
      *place = static_cast<float>(deviation);
    }
  run.take(y);
}

Moments moments_of(const Rows& rows, std::span<const float> kept, std::int64_t row) {
  const float* place = kept.data() + row * rows.statistics;
  return rows.statistics == 1 ? Moments{0, 1 / place[0]} : Moments{place[0], 1 / place[1]};
}

void pass_rows(const workload::Normalise& norm, OpRun& run) {
  const workload::Shape& shape = run.layer().inputs[0];
  const Rows rows(norm, shape);
  const std::span<const float> x = run.in(Role::data), kept = run.in(Role::statistics),
                               gain = run.parameters(PartKind::scale);
  float* error = run.change().data();
  const bool centred = norm.kind != NormKind::rms;
  for (std::int64_t s = 0; s < run.samples(); ++s)
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const Moments m = moments_of(rows, kept, s * rows.count + r);
      double sum = 0, dot = 0;
      rows.visit(s, shape.elements(), r, [&](std::int64_t at, std::int64_t c) {
        const double scaled = double{error[at]} * gain[c];
        sum += scaled;
        dot += scaled * (x[at] - m.mean) * m.inverse;
      });
      const auto n = static_cast<double>(rows.values());
      const auto mean_sum = static_cast<float>(centred ? sum / n : 0), mean_dot = static_cast<float>(dot / n);
      rows.visit(s, shape.elements(), r, [&](std::int64_t at, std::int64_t c) {
        error[at] = m.inverse * (error[at] * gain[c] - mean_sum - (x[at] - m.mean) * m.inverse * mean_dot);
      });
    }
}

void sum_rows(const workload::Normalise& norm, OpRun& run) {
  const workload::Shape& shape = run.layer().inputs[0];
  const Rows rows(norm, shape);
  const std::span<const float> x = run.in(Role::data), kept = run.in(Role::statistics), error = run.now();
  std::vector<double> scale(static_cast<std::size_t>(shape.channels())), shift(scale.size());
  for (std::int64_t s = 0; s < run.samples(); ++s)
    for (std::int64_t r = 0; r < rows.count; ++r) {
      const Moments m = moments_of(rows, kept, s * rows.count + r);
      rows.visit(s, shape.elements(), r, [&](std::int64_t at, std::int64_t c) {
        scale[c] += double{error[at]} * (x[at] - m.mean) * m.inverse;
        shift[c] += double{error[at]};
      });
    }
  const auto write = [&](PartKind kind, const std::vector<double>& sums) {
    const auto gradient = run.gradient(kind);
    if (!gradient) return;
    for (std::size_t i = 0; i < sums.size(); ++i)
      (*gradient)[i] = (run.adds_to_gradient() ? (*gradient)[i] : 0.0f) + static_cast<float>(sums[i]);
  };
  write(PartKind::scale, scale);
  write(PartKind::shift, shift);
}

}  // namespace

void execute(const workload::BatchStatistics& norm, const Action&, OpRun& run) {
  const workload::Tensor& tensor = run.tensor(run.output(Role::statistics));
  const auto channels = static_cast<std::size_t>(find_part(tensor, PartKind::mean)->elements());
  const std::span<const float> x = run.now();
  const auto count = static_cast<double>(x.size() / channels);
  const std::vector<double> sums =
      channel_sums(x.size(), channels, [&](std::size_t begin, std::size_t length, float* into) {
        for (std::size_t i = 0; i < length; ++i) into[i] += x[begin + i];
      });
  std::vector<float> mean(channels);
  for (std::size_t c = 0; c < channels; ++c) mean[c] = static_cast<float>(sums[c] / count);
  const ChannelRow means(mean);
  const std::vector<double> squares =
      channel_sums(x.size(), channels, [&](std::size_t begin, std::size_t length, float* into) {
        const float* m = means.values();
        for (std::size_t i = 0; i < length; ++i) into[i] += (x[begin + i] - m[i]) * (x[begin + i] - m[i]);
      });
  const std::span<float> out = run.out(Role::statistics);
  const auto scale = run.parameters(PartKind::scale), shift = run.parameters(PartKind::shift);
  for (std::size_t c = 0; c < channels; ++c) {
    out[c] = mean[c];
    out[channels + c] = static_cast<float>(std::sqrt(squares[c] / count + norm.epsilon));
    out[2 * channels + c] = scale[c];
    out[3 * channels + c] = shift[c];
  }
}

void execute(const workload::ScaleShift& norm, const Action& action, OpRun& run) {
  float* values = run.change().data();
  std::vector<float> gain, shift;
  if (norm.stored_statistics) {
    const auto scale = run.parameters(PartKind::scale);
    gain.assign(scale.begin(), scale.end());
    shift.assign(gain.size(), 0.0f);
    if (action.derivative == Derivative::none) {
      const auto offset = run.parameters(PartKind::shift);
      shift.assign(offset.begin(), offset.end());
    }
  } else {
    const auto mean = part_of(run, Role::statistics, PartKind::mean),
               deviation = part_of(run, Role::statistics, PartKind::deviation),
               scale = part_of(run, Role::statistics, PartKind::scale),
               offset = part_of(run, Role::statistics, PartKind::shift);
    for (std::size_t c = 0; c < mean.size(); ++c) {
      gain.push_back(scale[c] / deviation[c]);
      shift.push_back(offset[c] - mean[c] * gain.back());
    }
  }
  const ChannelRow gains(gain), shifts(shift);
  for_rows(run.now().size(), gains.size(), [&](std::size_t begin, std::size_t count) {
    const float *g = gains.values(), *b = shifts.values();
    for (std::size_t i = 0; i < count; ++i) values[begin + i] = values[begin + i] * g[i] + b[i];
  });
}

void execute(const workload::Normalise& norm, const Action& action, OpRun& run) {
  const bool batch = norm.kind == NormKind::batch;
  switch (action.derivative) {
    case Derivative::none:
      return normalise_rows(norm, run);
    case Derivative::input:
      return batch ? pass_batch_norm(run) : pass_rows(norm, run);
    case Derivative::parameters:
      return batch ? take_sums(run) : sum_rows(norm, run);
    case Derivative::statistics:
      return sum_batch_error(run);
    case Derivative::second_input:
      break;
  }
  KILN_CHECK(false, "a norm has no derivative {}", static_cast<int>(action.derivative));
}

}  // namespace kiln::learning
