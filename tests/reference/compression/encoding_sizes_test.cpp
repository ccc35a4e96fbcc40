// SPDX-License-Identifier: MIT
// Every size of the published grid of encodings, and the real coders on random places.
#include <cmath>
#include <tuple>

#include "base/csv.h"
#include "base/file.h"
#include "compression/closed_form.h"
#include "compression/codec.h"
#include "compression/gradient_source.h"
#include "compression/index_coder.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::compression;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

namespace {

struct Column {
  const char* name;
  IndexCoding index;
  int run_bits;
  int coo_bits;
};

constexpr Column kColumns[] = {
    {"coo32_bits", IndexCoding::coo, 8, 32},
    {"coo_log2N_bits", IndexCoding::coo, 8, 0},
    {"bitmap_bits", IndexCoding::bitmap, 8, 0},
    {"bitmap2_64_bits", IndexCoding::bitmap_two_level, 8, 0},
    {"block256_coo8_bits", IndexCoding::block_offset, 8, 0},
    {"varint_gap_bits", IndexCoding::varint, 8, 0},
    {"rice_gap_bits", IndexCoding::rice, 8, 0},
    {"rle4_zero_pad_bits", IndexCoding::rle_padded, 4, 0},
    {"rle4_escape_bits", IndexCoding::rle_escape, 4, 0},
    {"rle5_zero_pad_bits", IndexCoding::rle_padded, 5, 0},
    {"rle5_escape_bits", IndexCoding::rle_escape, 5, 0},
    {"rle8_zero_pad_bits", IndexCoding::rle_padded, 8, 0},
    {"rle8_escape_bits", IndexCoding::rle_escape, 8, 0},
    {"rle10_zero_pad_bits", IndexCoding::rle_padded, 10, 0},
    {"rle10_escape_bits", IndexCoding::rle_escape, 10, 0},
    {"rle12_zero_pad_bits", IndexCoding::rle_padded, 12, 0},
    {"rle12_escape_bits", IndexCoding::rle_escape, 12, 0},
};

CodecConfig config_for(const Column& column, double density, std::int64_t value_width) {
  CodecConfig config{.selection = Selection::top_k, .density = density};
  config.values = value_width == 32   ? Values::fp32
                  : value_width == 16 ? Values::fp16
                  : value_width == 8  ? Values::int8
                  : value_width == 4  ? Values::int4
                                      : Values::sign;
  config.index = column.index;
  config.run_bits = column.run_bits;
  config.coo_bits = column.coo_bits;
  return config;
}

}  // namespace

TEST_CASE("Closed forms reproduce the grid of encoding sizes") {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/tests/reference/compression/encoding_sizes.csv";
  const base::CsvTable table("encoding_sizes.csv", base::read_file(path));
  REQUIRE(table.rows().size() == 275);
  for (const base::CsvRow& row : table.rows()) {
    const double density = row.number("density");
    const std::int64_t elements = row.integer("N");
    const std::int64_t width = row.integer("value_bits");
    const double kept = density * static_cast<double>(elements);
    REQUIRE(rice_parameter(density) == row.integer("rice_m"));
    for (const Column& column : kColumns) {
      INFO(column.name << " N " << elements << " density " << density << " value bits " << width);
      const CodecConfig config = config_for(column, density, width);
      const double bits =
          kept * (static_cast<double>(width) + index_bits_per_kept(config, density, elements));
      // Tabulated to 0.1 bit.
      REQUIRE_THAT(bits, WithinAbs(row.number(column.name), 0.051 + 1e-6 * bits));
    }
    const double bound = kept * (static_cast<double>(width) + entropy_bits_per_kept(density));
    REQUIRE_THAT(bound, WithinAbs(row.number("entropy_bound_bits"), 0.051 + 1e-6 * bound));
  }
}

TEST_CASE("The coders' own bits agree with the grid within 5 %") {
  const std::string path = std::string(KILN_SOURCE_DIR) + "/tests/reference/compression/encoding_sizes.csv";
  const base::CsvTable table("encoding_sizes.csv", base::read_file(path));
  const std::vector<float> gradient = gradient_source(262144, 5);
  int compared = 0;
  for (const base::CsvRow& row : table.rows()) {
    const double density = row.number("density");
    const std::int64_t width = row.integer("value_bits");
    if (row.integer("N") != 262144 || density < 0.005 || width == 1) continue;
    for (const Column& column : kColumns) {
      INFO(column.name << " density " << density << " value bits " << width);
      State state;
      base::Rng rng(1, "encoding_sizes_test", "rounding");
      const BitCounts bits = Codec(config_for(column, density, width)).encode(gradient, state, rng).bits;
      const auto coded = static_cast<double>(bits.total() - bits.header - bits.scale);
      CHECK_THAT(coded, WithinRel(row.number(column.name), 0.05));
      ++compared;
    }
  }
  CHECK(compared == 7 * 4 * 17);
}
